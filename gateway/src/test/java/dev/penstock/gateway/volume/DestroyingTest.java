package dev.penstock.gateway.volume;

import static dev.penstock.gateway.volume.SnapshotsFixture.await;
import static dev.penstock.gateway.volume.SnapshotsFixture.meant;
import static dev.penstock.gateway.volume.SnapshotsFixture.name;
import static dev.penstock.gateway.volume.SnapshotsFixture.refusal;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.gateway.bus.Deadline;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.bus.GatewayEvent.SnapshotDestroyed;
import dev.penstock.spi.snapshot.Fate;
import dev.penstock.spi.snapshot.Meant;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings("NullAway.Init") // made before each test
class DestroyingTest {
  @TempDir Path folder;

  private SnapshotsFixture gateway;
  private Snapshots snapshots;

  @BeforeEach
  void make() throws Exception {
    gateway = new SnapshotsFixture(folder);
    snapshots = gateway.snapshots;
  }

  @AfterEach
  void close() throws Exception {
    gateway.close();
  }

  @Test
  void eachIsDestroyedOnItsOwnAndHasItsResult() throws Exception {
    gateway.take("demo@monday");
    gateway.take("demo@tuesday");
    gateway.take("other@monday");
    await(snapshots.hold(meant("demo@tuesday"), "offsite"));

    var results =
        await(
            snapshots.destroy(
                List.of(
                    meant("demo@tuesday"),
                    meant("other@monday"),
                    meant("demo@never"),
                    meant("none@monday"),
                    meant("demo@monday"))));

    assertThat(results)
        .extracting(one -> one.name() + " " + one.why().map(e -> e.getClass().getSimpleName()))
        .containsExactly(
            "demo@tuesday Optional[Conflict]",
            "other@monday Optional.empty",
            "demo@never Optional[NotFound]",
            "none@monday Optional[NotFound]",
            "demo@monday Optional.empty");
    assertThat(gateway.names("demo")).containsExactly("tuesday");
    assertThat(gateway.events.all(SnapshotDestroyed.class)).hasSize(2);
    await(snapshots.release(meant("demo@tuesday"), "offsite"));
    assertThat(gateway.destroy("demo@tuesday").why()).as("no longer condemned").isEmpty();
  }

  @Test
  void whatAStoreDoesNotSpeakOfCountsAsNotDestroyed() throws Exception {
    gateway.take("demo@monday");
    gateway.store.speechless = true;
    assertThat(gateway.destroy("demo@monday").why().orElseThrow())
        .hasMessage("demo@monday: its store did not say what became of it");
  }

  /** Whoever asked has given up by then, and may have changed his mind. */
  @Test
  void aDestroyWhoseTurnComesTooLateDestroysNothing() throws Exception {
    gateway.take("demo@monday");
    var turn = Promise.<Void>promise();
    Future<Void> before = gateway.registry.slots().step("demo", _ -> turn.future());
    Future<List<Fate>> late =
        destroying(Duration.ZERO).destroy(List.of(meant("demo@monday")), Destroying.Need.SPARED);
    turn.complete();
    await(before);

    assertThat(await(late))
        .singleElement()
        .isInstanceOfSatisfying(
            Fate.Failed.class,
            failed ->
                assertThat(failed.why())
                    .isInstanceOf(GatewayError.Unavailable.class)
                    .hasMessageContaining("volume demo was busy"));
    assertThat(gateway.names("demo")).containsExactly("monday");
    assertThat(gateway.destroy("demo@monday").why()).as("it was not condemned").isEmpty();
  }

  private Destroying destroying(Duration turnMax) {
    return new Destroying(
        gateway.registry,
        gateway.leases,
        new Sendings(new Deadline(gateway.vertx), SnapshotsFixture.LONG),
        gateway.events,
        gateway.clock,
        turnMax);
  }

  @Test
  void anotherSnapshotOfTheSameNameIsNotHit() throws Exception {
    var seen =
        new Meant(name("demo@monday"), Optional.of(gateway.take("demo@monday").info().guid()));
    gateway.destroy("demo@monday");
    gateway.take("demo@monday");

    assertThat(await(snapshots.destroy(List.of(seen))).getFirst().why().orElseThrow())
        .isInstanceOf(GatewayError.Conflict.class)
        .hasMessageContaining("is another snapshot now");
    assertThat(refusal(snapshots.rollback(seen))).isInstanceOf(GatewayError.Conflict.class);
    assertThat(refusal(snapshots.hold(seen, "x"))).isInstanceOf(GatewayError.Conflict.class);
    assertThat(gateway.names("demo")).containsExactly("monday");
  }
}
