package dev.penstock.replication.migrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.penstock.replication.handoff.Message;
import dev.penstock.replication.handoff.Source;
import dev.penstock.replication.migrate.Progress.Phase;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.ownership.Ownership.Gone;
import dev.penstock.spi.ownership.Ownership.Handed;
import dev.penstock.spi.ownership.Ownership.Offered;
import dev.penstock.spi.ownership.Ownership.Owner;
import dev.penstock.spi.testing.FakeTasks;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MigrationsTest {
  private final Moving world = new Moving();
  private final Migrations migrations = world.migrations;

  @AfterEach
  void close() throws Exception {
    migrations.close();
    world.close();
  }

  private Progress.Seen seen() {
    return migrations.require(Moving.VM).progress();
  }

  private void begin() throws Exception {
    Moving.await(migrations.run(world.migration()));
  }

  private void interruptAll() {
    world.home.tasks().all().forEach(FakeTasks.Begun::interrupt);
  }

  @Test
  void whatAnInterruptedMigrationHasLeftIsBroughtToItsEnd() throws Exception {
    world.lost = message -> message instanceof Message.Commit;
    begin();
    await().until(() -> seen().trouble().isPresent());
    interruptAll();
    await().until(() -> migrations.require(Moving.VM).ended());
    assertThat(seen().phase()).isEqualTo(Phase.HANDING_OVER);
    assertThat(seen().trouble().orElseThrow()).startsWith("handed over, not confirmed: vm to away");

    world.lost = _ -> false;
    migrations.start();

    await().until(() -> seen().phase() == Phase.DONE);
    assertThat(world.here()).isInstanceOf(Gone.class);
    assertThat(world.homeHandoffs.led()).contains(Moving.VM);
    assertThat(migrations.require(Moving.VM).failure()).as("it is over, and well").isEmpty();
    await().until(() -> newestHoldsTheAnchor());
    assertThat(seen().trouble()).isEmpty();
  }

  @Test
  void howOneEndedIsCountedAndTold() throws Exception {
    begin();
    await().until(() -> migrations.require(Moving.VM).ended());
    world.unanswered = message -> message instanceof Message.Offer;
    Moving.await(migrations.run(world.migration()));
    await().until(() -> migrations.require(Moving.VM).ended());

    assertThat(ended("done")).isEqualTo(1);
    assertThat(ended("aborted")).isEqualTo(1);
    assertThat(world.home.events().all("replication.migration-ended"))
        .extracting(one -> one.details().get("outcome"))
        .containsExactly("done", "aborted");
    assertThat(world.home.metrics().gauged("replication_migrations")).isZero();
    assertThat(world.home.metrics().counted("replication_migrated_bytes")).isPositive();
  }

  private long ended(String outcome) {
    return world.home.metrics().counted("replication_migrations_ended", "outcome", outcome);
  }

  private boolean newestHoldsTheAnchor() {
    return world
        .homeSnapshots
        .snapshots()
        .list(Moving.VM)
        .getLast()
        .holds()
        .contains(MigrationSnapshots.ANCHOR);
  }

  @Test
  void aStopKeepsWhatIsNotDecidedAndLeavesNothing() throws Exception {
    world.unanswered = message -> message instanceof Message.Offer;
    begin();
    await().until(() -> seen().trouble().isPresent());

    assertThat(Moving.await(migrations.close()))
        .isEqualTo(new Migrations.Left(Map.of(Moving.VM, Moving.AWAY), Map.of()));

    assertThat(world.here()).isEqualTo(new Owner());
    assertThat(seen().phase()).isEqualTo(Phase.ABORTED);
  }

  @Test
  void aStopLeavesWhatIsDecidedAndSaysToWhom() throws Exception {
    world.lost = message -> message instanceof Message.Commit;
    begin();
    await().until(() -> world.here() instanceof Handed);

    assertThat(Moving.await(migrations.close()))
        .isEqualTo(new Migrations.Left(Map.of(), Map.of(Moving.VM, Moving.AWAY)));

    assertThat(world.here()).isInstanceOf(Handed.class);
  }

  @Test
  void onceItStopsNothingBegins() throws Exception {
    Moving.await(migrations.close());

    for (var begun :
        List.of(
            migrations.begin(Moving.VM, "away", Optional.empty(), Moving.WISHES),
            migrations.run(world.migration())))
      assertThat(begun.cause())
          .isInstanceOf(GatewayError.Conflict.class)
          .hasMessageContaining("no migration begins any more");
    assertThat(world.homeStore.ownership(Moving.VM)).isEmpty();
  }

  @Test
  void anOfferThatALifeBeforeHasLeftIsTakenBack() throws Exception {
    Moving.await(new OfferedTo(world.home.state()).note(Moving.VM, "away"));
    Moving.await(
        world.homeHandoffs.change(
            Moving.VM, "", now -> Source.offer(now, new UUID(1, 1), Moving.AWAY)));
    assertThat(world.here()).isInstanceOf(Offered.class);

    migrations.start();

    await().until(() -> world.here().equals(new Owner()));
  }

  @Test
  void noMoreAreRememberedThanAreWorthIt() throws Exception {
    int more = Migrations.OVER_MAX + 20;
    for (int i = 0; i < more; i++) {
      var unknown = "none-" + i;
      Moving.await(migrations.run(world.migration(unknown, Moving.WISHES)));
      await().until(() -> migrations.require(unknown).ended());
    }

    begin();

    assertThat(migrations.all()).hasSizeLessThanOrEqualTo(Migrations.OVER_MAX + 1);
    assertThat(migrations.require(Moving.VM).volume()).isEqualTo(Moving.VM);
    assertThat(migrations.require("none-" + (more - 1)).ended()).isTrue();
  }
}
