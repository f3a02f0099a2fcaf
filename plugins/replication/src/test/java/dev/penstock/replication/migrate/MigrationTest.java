package dev.penstock.replication.migrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.penstock.replication.handoff.Message;
import dev.penstock.replication.migrate.Progress.Phase;
import dev.penstock.spi.ownership.Ownership;
import dev.penstock.spi.ownership.Ownership.Gone;
import dev.penstock.spi.ownership.Ownership.Handed;
import dev.penstock.spi.ownership.Ownership.None;
import dev.penstock.spi.ownership.Ownership.Offered;
import dev.penstock.spi.ownership.Ownership.Owner;
import dev.penstock.spi.ownership.Ownership.Prepared;
import dev.penstock.spi.testing.FakeTasks;
import dev.penstock.spi.volume.SnapshotInfo;
import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MigrationTest {
  private final Moving world = new Moving();

  @AfterEach
  void close() throws Exception {
    world.close();
  }

  private boolean isFrozen() {
    return world.homeHandoffs.isFrozen(Moving.VM);
  }

  private static String trouble(Migration migration) {
    return migration.seen().trouble().orElse("");
  }

  private static void awaitFailure(Future<?> ended) {
    await().until(ended::failed);
  }

  @Test
  void aVolumeIsHandedOverAndWhoUsesItIsLedOn() throws Exception {
    var migration = world.migration();

    Moving.await(world.start(migration));

    assertThat(world.here()).isInstanceOf(Gone.class);
    assertThat(world.there()).isEqualTo(new Owner());
    assertThat(world.homeHandoffs.led()).containsExactly(Moving.VM);
    assertThat(migration.seen().phase()).isEqualTo(Phase.DONE);
    List<SnapshotInfo> left = world.homeSnapshots.snapshots().list(Moving.VM);
    assertThat(left)
        .last()
        .satisfies(last -> assertThat(last.holds()).contains(MigrationSnapshots.ANCHOR));
  }

  @Test
  void clientsWaitUntilItIsDurableThatItStaysHere() throws Exception {
    world.lost = message -> message instanceof Message.Last;
    world.homeHandoffs.failing = next -> next.phase() instanceof Owner;
    var migration = world.migration();

    Future<?> ended = world.start(migration);
    await().until(() -> world.homeHandoffs.failures.get() >= 2);

    assertThat(isFrozen()).as("nobody writes what the first LAST does not have").isTrue();
    assertThat(world.here()).isInstanceOf(Offered.class);
    assertThat(trouble(migration))
        .isEqualTo("it stays here, and that is not durable yet: the disk is full of holes");
    assertThat(ended.isComplete()).isFalse();

    world.lost = _ -> false;
    world.homeHandoffs.failing = _ -> false;
    Moving.await(ended); // thawed: otherwise it could not be frozen again
    assertThat(world.here()).isInstanceOf(Gone.class);
  }

  @Test
  void whatIsDurableAtLastIsThawedAndTriedAgain() throws Exception {
    var lastsLost = new AtomicInteger();
    world.lost = message -> message instanceof Message.Last && lastsLost.getAndIncrement() == 0;
    world.homeHandoffs.failToOwn(2);
    var migration = world.migration();

    Moving.await(world.start(migration));

    assertThat(world.homeHandoffs.failures).hasValue(2);
    assertThat(world.here()).isInstanceOf(Gone.class);
    assertThat(migration.seen().phase()).isEqualTo(Phase.DONE);
  }

  @Test
  void anOfferThatIsRefusedIsTakenBackHoweverOftenTheStoreFails() throws Exception {
    world.awayStore.create(Moving.VM, Moving.SIZE_BYTES); // it is owned there
    world.homeHandoffs.failToOwn(2);
    var migration = world.migration();

    awaitFailure(world.start(migration));

    assertThat(world.homeHandoffs.failures).hasValue(2);
    assertThat(world.here()).isEqualTo(new Owner());
    assertThat(migration.seen().phase()).isEqualTo(Phase.ABORTED);
    assertThat(trouble(migration)).contains("away does not take vm");
  }

  @Test
  void theWayThatClientsWillBeLedOnByIsTriedWhileNobodyWaits() throws Exception {
    var migration = world.migration();
    world.lost =
        message -> {
          if (message instanceof Message.Last) await().until(() -> !world.tried.isEmpty());
          return false;
        };

    Moving.await(world.start(migration));

    assertThat(world.tried).containsExactly((Gone) world.here());
  }

  @Test
  void anOfferThatWasMadeWhileItWasInterruptedIsTakenBack() {
    var migration = world.migration();
    world.homeHandoffs.failing =
        next -> {
          if (next.phase() instanceof Offered) interruptAll();
          return false;
        };

    awaitFailure(world.start(migration));

    assertThat(world.here()).isEqualTo(new Owner());
  }

  private void interruptAll() {
    world.home.tasks().all().forEach(FakeTasks.Begun::interrupt);
  }

  @Test
  void aStopDoesNotWaitForAStoreThatWritesNothingAndLeavesItFrozen() {
    world.lost = message -> message instanceof Message.Last;
    world.homeHandoffs.failing = next -> next.phase() instanceof Owner;
    var migration = world.migration();
    Future<?> ended = world.start(migration);
    await().until(() -> world.homeHandoffs.failures.get() >= 1);

    migration.leave();

    awaitFailure(ended);
    assertThat(world.here()).isInstanceOf(Offered.class);
    assertThat(isFrozen()).isTrue();
  }

  @Test
  void aMigrationThatIsStoppedDecidesNothing() {
    var migration = world.migration();
    world.lost =
        message -> {
          if (message instanceof Message.Last) migration.leave();
          return false;
        };

    awaitFailure(world.start(migration));

    assertThat(world.here()).isEqualTo(new Owner());
    assertThat(isFrozen()).isFalse();
    await().until(() -> world.there() instanceof None);
  }

  @Test
  void whatWasDecidedIsNeverTakenBackHoweverItEnds() {
    world.lost = message -> message instanceof Message.Commit;
    var migration = world.migration();
    Future<?> ended = world.start(migration);
    await().until(() -> !trouble(migration).isEmpty());

    interruptAll();

    awaitFailure(ended);
    assertThat(ended.cause())
        .hasMessage("handed over, not confirmed: vm to away; it is tried until it is");
    assertThat(migration.seen().phase()).isEqualTo(Phase.HANDING_OVER);
    assertThat(migration.seen().trouble()).contains(ended.cause().getMessage());
    assertThat(world.here()).isInstanceOf(Handed.class);
    assertThat(world.there()).isInstanceOf(Prepared.class);
    assertThat(isFrozen()).isTrue();
  }

  @Test
  void whoeverTookItByForceMeanwhileKeepsIt() throws Exception {
    var offered = new AtomicReference<Optional<Ownership>>();
    world.lost =
        message -> {
          if (!(message instanceof Message.Last)) return false;
          var now = world.homeStore.ownership(Moving.VM).orElseThrow();
          offered.set(Optional.of(now));
          var gone = new Gone(now.recorded().next(new UUID(9, 9)), Moving.AWAY);
          world.homeStore.keepOwnership(Moving.VM, now.in(gone, gone.since()));
          return true;
        };
    var migration = world.migration();

    awaitFailure(world.start(migration));

    assertThat(offered.get()).isPresent();
    assertThat(world.here()).isInstanceOf(Gone.class);
    assertThat(isFrozen()).as("nobody writes here any more").isTrue();
    assertThat(migration.seen().phase()).isEqualTo(Phase.ABORTED);
  }
}
