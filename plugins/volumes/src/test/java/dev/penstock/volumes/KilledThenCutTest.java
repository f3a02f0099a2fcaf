package dev.penstock.volumes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.volume.Volume;
import dev.penstock.volumes.disk.SimulatedDisk;
import dev.penstock.volumes.disk.SimulatedDisk.Names;
import dev.penstock.volumes.disk.Survivors;
import java.nio.ByteBuffer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A process ends between a rename and its sync; the next one finds the new name, which is only
 * cached, and builds on it; then the power goes.
 */
class KilledThenCutTest {
  private static final long SIZE = 8192;

  @ParameterizedTest
  @EnumSource
  void whatWasFlushedToAVolumeThatWasJustMadeSurvives(Names names) {
    var disk = new SimulatedDisk(Survivors.NONE, names);
    try (Store store = CrashRun.open(disk)) {
      // As if killed there: nothing comes after it.
      disk.failNext(what -> what.equals("sync directory volumes") && isRenamed(disk));
      assertThatThrownBy(() -> store.create("demo", SIZE)).isInstanceOf(GatewayError.class);
    }
    writeAndFlush(disk, 0);

    assertSurvives(disk.powerOn(), SIZE, 0);
  }

  private static boolean isRenamed(SimulatedDisk disk) {
    return disk.log().contains("rename volumes/.new-demo to volumes/demo");
  }

  @ParameterizedTest
  @EnumSource
  void whatWasFlushedToWhatAVolumeHasJustGrownBySurvives(Names names) {
    var disk = new SimulatedDisk(Survivors.NONE, names);
    try (Store store = CrashRun.open(disk)) {
      store.create("demo", SIZE);
      try (Volume volume = store.openVolume("demo")) {
        disk.failNext("sync directory volumes/demo"::equals);
        assertThatThrownBy(() -> volume.resize(2 * SIZE)).isInstanceOf(GatewayError.class);
      }
    }
    writeAndFlush(disk, SIZE);

    assertSurvives(disk.powerOn(), 2 * SIZE, SIZE);
  }

  private static void writeAndFlush(SimulatedDisk disk, long offset) {
    try (Store store = CrashRun.open(disk);
        Volume volume = store.openVolume("demo")) {
      volume.write(offset, CrashModel.sectors(7, 1));
      volume.flush();
    }
  }

  private static void assertSurvives(SimulatedDisk disk, long sizeBytes, long offset) {
    try (Store store = CrashRun.open(disk);
        Volume volume = store.openVolume("demo")) {
      assertThat(volume.sizeBytes()).isEqualTo(sizeBytes);
      ByteBuffer found = ByteBuffer.allocate(CrashModel.SECTOR_BYTES);
      volume.read(offset, found);
      assertThat(found.flip()).isEqualTo(CrashModel.sectors(7, 1));
    }
  }
}
