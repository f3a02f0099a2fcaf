package dev.penstock.gateway.volume;

import static dev.penstock.gateway.volume.SnapshotsFixture.await;
import static dev.penstock.gateway.volume.SnapshotsFixture.meant;
import static dev.penstock.gateway.volume.SnapshotsFixture.name;
import static dev.penstock.gateway.volume.SnapshotsFixture.refusal;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.bus.GatewayEvent.SnapshotDestroyed;
import dev.penstock.spi.snapshot.Meant;
import java.nio.file.Path;
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
