package dev.penstock.replication.forward;

import static dev.penstock.spi.testing.Settled.done;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.ownership.Counterpart;
import dev.penstock.spi.ownership.Ownership;
import dev.penstock.spi.testing.FakeHandoffs;
import dev.penstock.spi.testing.MemoryVolume;
import dev.penstock.spi.volume.Access;
import dev.penstock.spi.volume.OpenVolume;
import dev.penstock.spi.volume.Volume;
import dev.penstock.spi.volume.VolumeUser;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Clients who are led on find a volume that was handed on once more, or has come back. */
@Timeout(120)
class HandedOnTest extends LedOn {
  private static final Duration UNUSED = Duration.ofSeconds(6);

  @Test
  void callsWaitWhileItIsHandedOnAndGoToWhereItIsThen() throws Exception {
    try (var third = new NewOwner(vertx)) {
      MemoryVolume moved = MemoryVolume.named("demo", SIZE);
      third.owns("demo", moved);
      third.record("demo", new Ownership(new Ownership.Owner(), LATER, Optional.of(LATER)));
      try (var second = new OldOwner(vertx, third.port())) {
        volume.write(0, text("before"));
        VolumeUser user = there.volumes().userOf("demo");
        done(user.halt(LONG));
        var written =
            CompletableFuture.runAsync(
                () -> volume.write(0, text("after")), Thread::startVirtualThread);
        Volume beyond = second.open("demo", LATER);
        done(user.retire(there.volumes().openUnowned(beyond, Access.WRITE), LONG));

        written.get();

        assertThat(read(volume, 5)).isEqualTo("after");
        assertThat(new String(moved.content(), 0, 5, UTF_8)).isEqualTo("after");
        assertThat(content(6)).isEqualTo("before");
        Volume client = volume.forClient();
        client.write(0, text("chain"));
        client.close();
        assertThat(new String(moved.content(), 0, 5, UTF_8)).isEqualTo("chain");
      }
    }
  }

  /** They may wait for the one that asks now: it was led to where the volume has come back. */
  @Test
  void whoAsksWhereTheVolumeHasComeBackIsNotHeldWithThoseFromBefore() throws Exception {
    volume.write(0, text("before"));
    done(there.volumes().userOf("demo").halt(LONG));

    there.record("demo", new Ownership(new Ownership.Owner(), LATER, Optional.of(LATER)));
    try (var second = new OldOwner(vertx, there.port())) {
      second.open("demo", LATER).write(0, text("after"));
    }

    assertThat(content(5)).isEqualTo("after");
  }

  @Test
  void whoAsksOneThatIsNotTheOwnerYetWaitsUntilItIs() {
    var tries = new AtomicInteger();
    there.lends(
        new FakeHandoffs("memory", there.records, there.volumes()) {
          @Override
          public Future<OpenVolume> join(String volume, VolumeUser user) {
            return tries.incrementAndGet() < 3
                ? Future.failedFuture(
                    new GatewayError.Unavailable(
                        Scope.RESOURCE, Duration.ofMillis(1), "it is prepared"))
                : super.join(volume, user);
          }
        });
    there.startAnew();

    volume.write(0, text("at last"));

    assertThat(tries).hasValue(3);
    assertThat(content(7)).isEqualTo("at last");
  }

  @Test
  void whatNobodyAsksForAnyMoreIsGivenBackAndWhatIsHeldIsNot() throws Exception {
    there.owns("other", SIZE);
    read(here.open("other"), 1);
    volume.write(0, text("first"));
    var joined = (JoinedVolume) there.volumes().userOf("demo");
    done(joined.freeze(LONG));
    var held =
        CompletableFuture.runAsync(() -> volume.write(0, text("held")), Thread::startVirtualThread);
    await().until(() -> !joined.isUnused());

    there.nanos.addAndGet(UNUSED.toNanos());
    await().until(() -> there.volumes().openNames().equals(List.of("demo")));
    done(joined.thaw());
    held.get();
    there.nanos.addAndGet(UNUSED.toNanos());
    await().until(() -> there.volumes().openNames().isEmpty());

    volume.write(0, text("again"));
    assertThat(content(5)).isEqualTo("again");
  }

  @Test
  void nobodyGoesInCircles() {
    there.record(
        "demo",
        new Ownership(
            new Ownership.Gone(NewOwner.EPOCH, new Counterpart("laptop", "demo")),
            NewOwner.EPOCH,
            Optional.of(NewOwner.EPOCH)));
    there.startAnew();

    assertThatThrownBy(() -> here.open("demo"))
        .isInstanceOf(GatewayError.Conflict.class)
        .hasMessageContaining("leads in a circle");
  }
}
