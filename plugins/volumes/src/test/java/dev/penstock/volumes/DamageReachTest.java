package dev.penstock.volumes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.volume.Volume;
import dev.penstock.volumes.disk.SimulatedDisk;
import dev.penstock.volumes.disk.SimulatedDisk.Names;
import dev.penstock.volumes.disk.Survivors;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is lost with a failure, and what is not. */
class DamageReachTest {
  private final Interposed disk = new Interposed(new SimulatedDisk(Survivors.NONE, Names.STRICT));
  private final Store store =
      Store.open(disk, new Store.Limits(100, 1 << 30, 100, 1 << 20), () -> Instant.EPOCH, _ -> {});

  /** What the kernel could not write back it has dropped: the next sync would succeed. */
  @ParameterizedTest
  @ValueSource(strings = {"data", "log"})
  void aSyncThatFindsNoRoomIsFinal(String kind) {
    store.create("a", 1 << 20);
    Volume volume = store.openVolume("a");
    var _ = store.snapshots().create("a", "s1"); // from now on there is a log
    volume.write(0, CrashModel.sectors(1, 8));
    disk.beforeFirst(
        "sync layers/.*\\." + kind,
        () -> {
          throw new GatewayError.NoSpace("the disk is full");
        });

    assertThatThrownBy(volume::flush).isInstanceOf(GatewayError.Damaged.class);
    assertThatThrownBy(volume::flush).isInstanceOf(GatewayError.Damaged.class);
  }

  @Test
  void oneBrokenLayerDoesNotStopChangesToOtherVolumes() {
    store.create("a", 1 << 20);
    Volume volume = store.openVolume("a");
    var _ = store.snapshots().create("a", "s1");
    volume.write(0, CrashModel.sectors(1, 8));
    var _ = store.snapshots().create("a", "s2");
    disk.before(
        "read layers/.*\\.log",
        () -> {
          throw new GatewayError.Damaged("a page is not what was written");
        });

    mergeAll();

    assertThat(store.create("b", 4096).name()).isEqualTo("b");
    store.remove("b");
  }

  private void mergeAll() {
    while (store.merging().step(_ -> {})) {}
  }
}
