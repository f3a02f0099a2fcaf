package dev.penstock.gateway.volume;

import static dev.penstock.gateway.volume.SnapshotsFixture.LONG;
import static dev.penstock.gateway.volume.SnapshotsFixture.SIZE;
import static dev.penstock.gateway.volume.SnapshotsFixture.await;
import static dev.penstock.gateway.volume.SnapshotsFixture.meant;
import static dev.penstock.gateway.volume.SnapshotsFixture.read;
import static dev.penstock.gateway.volume.SnapshotsFixture.refusal;
import static dev.penstock.gateway.volume.SnapshotsFixture.write;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.volume.Access;
import dev.penstock.spi.volume.Change;
import dev.penstock.spi.volume.OpenVolume;
import dev.penstock.spi.volume.Volumes;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Snapshots that are open for reading under their names, and what cannot be done to them. */
@SuppressWarnings("NullAway.Init") // made before each test
class OpenSnapshotsTest {
  @TempDir Path folder;

  private final TestUser user = new TestUser("module nbd");
  private SnapshotsFixture gateway;
  private VolumeRegistry registry;
  private Volumes module;

  @BeforeEach
  void make() throws Exception {
    gateway = new SnapshotsFixture(folder);
    registry = gateway.registry;
    module = registry.of("module nbd");
  }

  @AfterEach
  void close() throws Exception {
    gateway.close();
  }

  @Test
  void readersOfASnapshotSeeWhatWasThereWhileTheVolumeGoesOn() throws Exception {
    OpenVolume volume = await(module.open("demo", Access.WRITE, user));
    await(write(volume, 7));
    gateway.take("demo@monday");
    await(write(volume, 8));

    OpenVolume one = await(module.open("demo@monday", Access.READ, user));
    OpenVolume two = await(registry.of("module backup").open("demo@monday", Access.READ, user));

    assertThat(read(one)).isEqualTo(7);
    assertThat(read(two)).isEqualTo(7);
    assertThat(read(volume)).isEqualTo(8);
    assertThat(refusal(write(one, 9))).isInstanceOf(GatewayError.Denied.class);
  }

  @Test
  void aWriterIsRefused() throws Exception {
    gateway.take("demo@monday");
    assertThat(refusal(module.open("demo@monday", Access.WRITE, user)))
        .isInstanceOf(GatewayError.Denied.class)
        .hasMessage(
            "demo@monday is a snapshot and never changes: it cannot be opened for writing; a clone"
                + " of it can");
  }

  @Test
  void nothingIsDoneToASnapshotThatWouldChangeIt() throws Exception {
    gateway.take("demo@monday");
    for (var asked :
        List.of(
            registry.freeze("demo@monday", LONG),
            registry.resize("demo@monday", 2 * SIZE),
            registry.remove("demo@monday")))
      assertThat(refusal(asked))
          .isInstanceOf(GatewayError.Denied.class)
          .hasMessageContaining("demo@monday is a snapshot and never changes");
  }

  @Test
  void whatIsOpenIsLeasedAndNeitherItNorItsVolumeGoes() throws Exception {
    gateway.take("demo@monday");
    OpenVolume open = await(module.open("demo@monday", Access.READ, user));
    await(await(registry.of("module backup").open("demo@monday", Access.READ, user)).close());

    assertThat(gateway.destroy("demo@monday").why().orElseThrow())
        .isInstanceOf(GatewayError.Conflict.class)
        .hasMessage("demo@monday is in use by module nbd (read)");
    assertThat(refusal(registry.remove("demo")))
        .isInstanceOf(GatewayError.Conflict.class)
        .hasMessage(
            "volume demo cannot be removed: its snapshots are in use: monday by module nbd (read)");
    assertThat(gateway.leases.list()).hasSize(1);

    await(open.close());

    assertThat(gateway.leases.list()).isEmpty();
    assertThat(gateway.destroy("demo@monday").why()).isEmpty();
    await(registry.remove("demo"));
  }

  @Test
  void aVolumeGoesWithItsSnapshotsUnlessOneIsHeld() throws Exception {
    gateway.take("demo@monday");
    await(gateway.snapshots.hold(meant("demo@monday"), "offsite"));
    assertThat(refusal(registry.remove("demo")))
        .isInstanceOf(GatewayError.Conflict.class)
        .hasMessageContaining("monday is held (offsite)");

    await(gateway.snapshots.release(meant("demo@monday"), "offsite"));
    await(registry.remove("demo"));
    assertThat(refusal(gateway.snapshots.list("demo"))).isInstanceOf(GatewayError.NotFound.class);
  }

  @Test
  void aSnapshotThatIsNotThereCannotBeOpenedAndLeavesNoLease() throws Exception {
    assertThat(refusal(module.open("demo@never", Access.READ, user)))
        .isInstanceOf(GatewayError.NotFound.class)
        .hasMessage("there is no snapshot demo@never");
    assertThat(refusal(module.open("demo@ never", Access.READ, user)))
        .isInstanceOf(GatewayError.Invalid.class);
    assertThat(gateway.leases.list()).isEmpty();
  }

  @Test
  void whatIsCondemnedCannotBeOpened() throws Exception {
    var monday = gateway.take("demo@monday");
    await(gateway.leases.condemn(List.of(monday.info().guid())));

    assertThat(refusal(module.open("demo@monday", Access.READ, user)))
        .isInstanceOf(GatewayError.Conflict.class)
        .hasMessageContaining("is being destroyed");
  }

  @Test
  void whatAModuleLeavesOpenIsGivenBackWithItsLeases() throws Exception {
    gateway.take("demo@monday");
    OwnedVolumes stopped = registry.of("module nbd");
    await(stopped.open("demo@monday", Access.READ, user));

    await(stopped.closeAll());

    assertThat(gateway.leases.list()).isEmpty();
    await(gateway.stores.closeAll());
  }

  @Test
  void whatWasChangedSinceASnapshotIsToldThroughALentVolume() throws Exception {
    OpenVolume volume = await(module.open("demo", Access.WRITE, user));
    var monday = gateway.take("demo@monday");
    await(write(volume, 8));

    List<Change> changes =
        await(
            volume.run(() -> {
              List<Change> all = new ArrayList<>();
              volume.volume().changes(monday.info().guid(), 0, SIZE, all::add);
              return all;
            }));

    assertThat(changes).contains(new Change(0, 4096, true));
    assertThat(await(module.snapshots("demo"))).extracting(one -> one.name()).contains("monday");
  }
}
