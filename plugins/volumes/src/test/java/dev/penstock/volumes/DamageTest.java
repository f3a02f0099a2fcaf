package dev.penstock.volumes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.volume.Volume;
import dev.penstock.spi.volume.ZeroMode;
import dev.penstock.volumes.disk.SimulatedDisk;
import dev.penstock.volumes.disk.SimulatedDisk.Names;
import dev.penstock.volumes.disk.Survivors;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A failed sync is final; a full disk is one request's. */
class DamageTest {
  private static final long SIZE = 8192;

  private final SimulatedDisk disk = new SimulatedDisk(Survivors.NONE, Names.JOURNALED);
  private Store store = CrashRun.open(disk);
  private Volume volume = store.openVolume(store.create("demo", SIZE).name());

  @BeforeEach
  void writeSomething() {
    volume.write(0, sectors(1, 2));
    volume.flush();
  }

  @AfterEach
  void closeStore() {
    store.close();
  }

  private static ByteBuffer sectors(long value, int count) {
    return CrashModel.sectors(value, count);
  }

  private void assertDamagedForGood() {
    assertThatThrownBy(volume::flush).isInstanceOf(GatewayError.Damaged.class);
    assertThatThrownBy(() -> volume.write(0, sectors(3, 1)))
        .isInstanceOf(GatewayError.Damaged.class);
    assertThatThrownBy(() -> volume.read(0, sectors(0, 1)))
        .isInstanceOf(GatewayError.Damaged.class)
        .hasMessageContaining("demo");
    assertThatThrownBy(() -> volume.zero(0, 512, ZeroMode.MAY_PUNCH))
        .isInstanceOf(GatewayError.Damaged.class);
  }

  @Test
  void volumesWhoseFlushFailedAreDamagedUntilTheyAreOpenedAgain() {
    volume.write(512, sectors(2, 1));
    disk.failNext(what -> what.startsWith("sync layers/"));

    assertThatThrownBy(volume::flush)
        .isInstanceOf(GatewayError.Damaged.class)
        .hasMessageContaining("demo")
        .hasMessageContaining("EIO");

    assertDamagedForGood();
    volume.close();
    volume = store.openVolume("demo");
    volume.write(512, sectors(2, 1));
    volume.flush();
  }

  @Test
  void volumesWhoseDurableWriteFailedAreDamaged() {
    disk.failNext(what -> what.startsWith("write durably"));

    assertThatThrownBy(() -> volume.writeDurably(0, sectors(2, 1)))
        .isInstanceOf(GatewayError.Damaged.class);

    assertDamagedForGood();
  }

  @Test
  void volumesWhoseGrowthCouldNotBeSyncedAreDamagedAndKeepTheirSize() {
    disk.failNext(what -> what.startsWith("sync layers/"));

    assertThatThrownBy(() -> volume.resize(2 * SIZE)).isInstanceOf(GatewayError.Damaged.class);

    assertDamagedForGood();
    store.close();
    store = CrashRun.open(disk);
    assertThat(store.openVolume("demo").sizeBytes()).isEqualTo(SIZE);
  }

  @Test
  void volumesWhoseManifestMayOrMayNotBeThereAreDamaged() {
    disk.failNext("sync directory volumes/demo"::equals);

    assertThatThrownBy(() -> volume.resize(2 * SIZE)).isInstanceOf(GatewayError.Damaged.class);

    assertDamagedForGood();
    store.close();
    store = CrashRun.open(disk);
    assertThat(store.openVolume("demo").sizeBytes()).isIn(SIZE, 2 * SIZE);
  }

  @Test
  void oneVolumesDamageIsNoneOfTheOthers() {
    store.create("other", SIZE);
    volume.write(0, sectors(2, 1));
    disk.failNext(what -> what.startsWith("sync layers/"));
    assertThatThrownBy(volume::flush).isInstanceOf(GatewayError.Damaged.class);

    try (Volume other = store.openVolume("other")) {
      other.write(0, sectors(5, 1));
      other.flush();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"sync directory volumes", "sync directory layers"})
  void storesWhoseDirectoryCouldNotBeSyncedChangeNoMoreUntilTheyAreOpenedAgain(String sync) {
    disk.failNext(sync::equals);

    assertThatThrownBy(() -> store.create("second", SIZE)).isInstanceOf(GatewayError.Damaged.class);

    assertThatThrownBy(() -> store.create("third", SIZE)).isInstanceOf(GatewayError.Damaged.class);
    assertThatThrownBy(() -> volume.resize(2 * SIZE)).isInstanceOf(GatewayError.Unavailable.class);
    volume.write(0, sectors(6, 1));
    volume.flush();
    store.close();
    store = CrashRun.open(disk);
    assertThat(store.create("third", SIZE).name()).isEqualTo("third");
  }

  @Test
  void writesThatFailAreOneRequestsFailure() {
    disk.failNext(what -> what.startsWith("write layers/"));

    assertThatThrownBy(() -> volume.write(0, sectors(2, 1)))
        .isInstanceOf(GatewayError.Failed.class);

    volume.write(0, sectors(2, 1));
    volume.flush();
  }

  @Test
  void aFullDiskIsOneRequestsAndNothingElses() {
    disk.leaveFree(0);

    assertThatThrownBy(() -> volume.write(4096, sectors(2, 1)))
        .isInstanceOf(GatewayError.NoSpace.class);
    assertThatThrownBy(() -> volume.writeDurably(4096, sectors(2, 1)))
        .isInstanceOf(GatewayError.NoSpace.class);

    volume.write(0, sectors(3, 2)); // has its room already
    volume.flush();
    volume.trim(0, 512);
    volume.write(4096, sectors(4, 1)); // into the room that was given back
    volume.flush();
  }

  @Test
  void volumesThatFindNoRoomLeaveNothingBehind() {
    var layers = disk.list("layers");
    disk.leaveFree(0);
    assertThatThrownBy(() -> store.create("second", SIZE)).isInstanceOf(GatewayError.NoSpace.class);
    disk.leaveFree(2); // for the files, not for the manifest
    assertThatThrownBy(() -> store.create("second", SIZE)).isInstanceOf(GatewayError.NoSpace.class);

    assertThat(disk.list("layers")).isEqualTo(layers);
    assertThat(disk.list("volumes")).containsExactly("demo");
    disk.leaveFree(1 << 20);
    assertThat(store.create("second", SIZE).name()).isEqualTo("second");
  }

  @Test
  void volumesThatFindNoRoomToGrowStayAsTheyWere() {
    disk.leaveFree(0);

    assertThatThrownBy(() -> volume.resize(2 * SIZE)).isInstanceOf(GatewayError.NoSpace.class);

    assertThat(volume.sizeBytes()).isEqualTo(SIZE);
    volume.flush();
    disk.leaveFree(1 << 20);
    volume.resize(2 * SIZE);
    assertThat(volume.sizeBytes()).isEqualTo(2 * SIZE);
  }

  @Test
  void whoReportsAFailedDiskCanStillNameTheVolume() {
    disk.failStatus();

    assertThat(volume.info().name()).isEqualTo("demo");
    assertThat(volume.info().storedBytes()).isZero();
  }
}
