package dev.penstock.gateway.retention;

import static dev.penstock.spi.testing.Settled.done;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.gateway.bus.Deadline;
import dev.penstock.spi.volume.SnapshotInfo;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RetentionDeskTest {
  private final Vertx vertx = Vertx.vertx();
  private final RetentionDesk desk = new RetentionDesk(new Deadline(vertx));
  private final RetentionDesk.OfModule receiver = desk.ofModule();
  private final SnapshotInfo a = planned("a");
  private final SnapshotInfo b = planned("b");

  private static SnapshotInfo planned(String name) {
    return new SnapshotInfo(UUID.randomUUID(), name, 1, Instant.EPOCH, Set.of());
  }

  @AfterEach
  void close() {
    done(vertx.close());
  }

  private Set<UUID> asked() {
    return done(receiver.letsGo("demo", List.of(a, b)));
  }

  @Test
  void nobodyLetsAnythingGoWhereNobodyPrunes() {
    assertThat(asked()).isEmpty();
  }

  @Test
  void whatAnyModuleLetsGoIsLetGoUntilTheModuleStops() {
    var one = desk.ofModule();
    var other = desk.ofModule();
    one.offer((_, _) -> Future.succeededFuture(Set.of(a.guid())));
    other.offer(
        (_, planned) -> Future.succeededFuture(new HashSet<>(Set.of(planned.getLast().guid()))));
    assertThat(asked()).containsExactlyInAnyOrder(a.guid(), b.guid());
    one.withdraw();
    assertThat(asked()).containsExactly(b.guid());
  }

  @Test
  void whoFailsLetsNothingGoAndHindersNobody() {
    desk.ofModule().offer((_, _) -> Future.failedFuture("no"));
    desk.ofModule()
        .offer((_, _) -> {
          throw new NoClassDefFoundError("gone");
        });
    desk.ofModule().offer((_, _) -> Future.succeededFuture(Set.of(a.guid())));
    assertThat(asked()).containsExactly(a.guid());
  }

  @Test
  void asksOnTheContextThatTheOfferCameFrom() {
    Context home = vertx.getOrCreateContext();
    var askedOn = new AtomicReference<Context>();
    done(
        Future.<Void>future(offered ->
            home.runOnContext(_ -> {
              desk.ofModule()
                  .offer((_, _) -> {
                    askedOn.set(vertx.getOrCreateContext());
                    return Future.succeededFuture(Set.of());
                  });
              offered.complete();
            })));
    asked();
    assertThat(askedOn.get()).isEqualTo(home);
  }
}
