package dev.penstock.volumes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.volume.Change;
import dev.penstock.volumes.disk.SimulatedDisk;
import dev.penstock.volumes.disk.SimulatedDisk.Names;
import dev.penstock.volumes.disk.Survivors;
import java.util.UUID;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.Test;

class ResizeRaceTest {
  @Test
  void growthsThatEndOutOfTurnLeaveTheLargestSize() {
    var home = new Overtaken();
    var disk = new SimulatedDisk(Survivors.NONE, Names.JOURNALED);
    try (StoredVolume volume = RawVolumes.on(disk, 4096, home)) {
      home.meanwhile = () -> volume.resize(16384);

      volume.resize(8192);

      assertThat(volume.sizeBytes()).isEqualTo(16384);
    }
  }

  /** Commits a growth, and comes back from it only after the next one was committed as well. */
  private static final class Overtaken implements StoredVolume.Home {
    private Runnable meanwhile = () -> {};

    @Override
    public void grow(StoredVolume volume, long sizeBytes) {
      Runnable now = meanwhile;
      meanwhile = () -> {};
      now.run();
      volume.grown(sizeBytes);
    }

    @Override
    public void changes(
        StoredVolume volume, UUID since, long offset, long lengthBytes, Change.Sink sink) {
      sink.accept(new Change(offset, lengthBytes, true));
    }

    @Override
    public boolean isReplica(StoredVolume volume) {
      return false;
    }

    @Override
    public LongConsumer syncTimes() {
      return _ -> {};
    }

    @Override
    public void closed(StoredVolume volume) {}
  }
}
