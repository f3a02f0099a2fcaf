package dev.penstock.replication.job;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.replication.config.ReplicationConfig;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.bus.GatewayEvent.ModuleEvent;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.testing.FakeModuleContext;
import dev.penstock.spi.testing.FakeSnapshots;
import dev.penstock.spi.testing.TestSettings;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CopyChecksTest {
  private static final Map<String, ?> SETTINGS =
      Map.of(
          "jobs",
          Map.of(
              "usb",
              Map.of(
                  "local", "true", "store", "memory", "below", "usb.", "volumes", "*", "verify",
                  "7d")));

  private final Vertx vertx = Vertx.vertx();
  private final FakeModuleContext context =
      new FakeModuleContext(vertx, "replication", TestSettings.block("replication", SETTINGS));
  private final List<String> verified = new ArrayList<>();
  private final Set<String> bad = new HashSet<>();
  private final Set<String> busy = new HashSet<>();
  private final FakeSnapshots snapshots =
      new FakeSnapshots() {
        @Override
        public Future<Void> verify(String volume) {
          if (busy.contains(volume))
            return Future.failedFuture(new GatewayError.Conflict("it is looked at already"));
          verified.add(volume);
          return bad.contains(volume)
              ? Future.failedFuture(new GatewayError.Damaged("a layer is damaged"))
              : Future.succeededFuture();
        }
      };

  @BeforeEach
  void copies() {
    context.lend(snapshots);
    for (String name : List.of("vm", "usb.a", "usb.b", "usb.mine"))
      snapshots.store().create(name, 4096);
    snapshots.store().setReplica("usb.a", true);
    snapshots.store().setReplica("usb.b", true);
    context.clock().advance(Duration.ofDays(36_500)); // the store's clock is the system's
  }

  @AfterEach
  void close() throws Exception {
    context.close();
    TwoGateways.await(vertx.close());
  }

  private CopyChecks checks() {
    return new CopyChecks(context, ReplicationConfig.read(context.settings(), new Problems()));
  }

  private void look(CopyChecks checks) throws Exception {
    TwoGateways.await(checks.look());
  }

  @Test
  void verifiesEachCopyOnceInItsTimeAndNothingElse() throws Exception {
    CopyChecks checks = checks();
    for (int i = 0; i < 4; i++) look(checks);
    assertThat(verified).containsExactlyInAnyOrder("usb.a", "usb.b");

    context.clock().advance(Duration.ofDays(7));
    for (int i = 0; i < 4; i++) look(checks);
    assertThat(verified).hasSize(4);
  }

  @Test
  void whatCannotBeLookedAtKeepsNoOtherWaiting() throws Exception {
    busy.add("usb.a");
    busy.add("usb.b");
    CopyChecks checks = checks();
    for (int i = 0; i < 2; i++) look(checks);
    assertThat(verified).isEmpty();
    for (String free : List.of("usb.b", "usb.a")) {
      busy.remove(free);
      for (int i = 0; i < 2; i++) look(checks);
      assertThat(verified).endsWith(free);
    }
  }

  @Test
  void forgetsVolumesThatAreGone() throws Exception {
    CopyChecks checks = checks();
    for (int i = 0; i < 2; i++) look(checks);
    assertThat(context.state().all()).hasSize(2);

    snapshots.store().remove("usb.a");
    look(checks);

    assertThat(context.state().all()).hasSize(1);
  }

  @Test
  void remembersAcrossRestartsWhenEachWasVerified() throws Exception {
    CopyChecks first = checks();
    look(first);
    look(first);

    look(checks());

    assertThat(verified).hasSize(2);
  }

  @Test
  void tellsOfDamageAndGoesOnWithTheOthers() throws Exception {
    bad.add("usb.a");
    bad.add("usb.b");
    CopyChecks checks = checks();
    for (int i = 0; i < 4; i++) look(checks);

    assertThat(verified).hasSize(2);
    assertThat(context.events().all())
        .filteredOn(ModuleEvent.class::isInstance)
        .extracting(event -> ((ModuleEvent) event).type())
        .containsExactly("replication.copy-damaged", "replication.copy-damaged");
  }
}
