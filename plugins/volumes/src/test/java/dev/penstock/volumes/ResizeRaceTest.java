package dev.penstock.volumes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.volumes.disk.DiskFile;
import dev.penstock.volumes.disk.SimulatedDisk;
import dev.penstock.volumes.disk.SimulatedDisk.Names;
import dev.penstock.volumes.disk.Survivors;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.Test;

class ResizeRaceTest {
  @Test
  void growthsThatEndOutOfTurnLeaveTheLargestSize() {
    var home = new Overtaken();
    var disk = new SimulatedDisk(Survivors.NONE, Names.JOURNALED);
    try (RawVolume volume = RawVolumes.on(disk, 4096, home)) {
      home.meanwhile = () -> volume.resize(16384);

      volume.resize(8192);

      assertThat(volume.sizeBytes()).isEqualTo(16384);
    }
  }

  /** Commits a growth, and comes back from it only after the next one was committed as well. */
  private static final class Overtaken implements RawVolume.Home {
    private Runnable meanwhile = () -> {};

    @Override
    public void grow(String name, DiskFile data, long sizeBytes) {
      data.truncate(sizeBytes);
      Runnable now = meanwhile;
      meanwhile = () -> {};
      now.run();
    }

    @Override
    public LongConsumer syncTimes() {
      return _ -> {};
    }

    @Override
    public void closed(String name) {}
  }
}
