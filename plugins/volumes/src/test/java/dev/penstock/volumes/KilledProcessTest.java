package dev.penstock.volumes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.volume.Volume;
import dev.penstock.spi.volume.VolumeInfo;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Real processes, killed for real: what the simulated disk cannot show of locks and processes. */
@Timeout(120)
class KilledProcessTest {
  private static final int KILLS = 4;
  private static final int FLUSHES_BEFORE_A_KILL = 20;

  @TempDir private Path directory;
  @TempDir private Path notes;
  private Path said = Path.of("");

  @BeforeEach
  void nameTheNotes() {
    said = notes.resolve("said");
  }

  @Test
  void aSecondProcessIsRefusedAndToldWhoHasTheStoreUntilThatOneIsKilled() throws Exception {
    try (var child = new ChildProcess(said, StampWriter.class, directory, 1)) {
      child.awaitLines(1);

      assertThatThrownBy(() -> StampWriter.open(directory))
          .isInstanceOf(GatewayError.Conflict.class)
          .hasMessageContaining("process " + child.pid() + " since 2")
          .hasMessageContaining(directory.toString());

      child.kill();
      StampWriter.open(directory).close();
    }
  }

  @Test
  void whatWasFlushedIsThereAfterEveryKillAndTheStoreOpensWithoutAQuestion() throws Exception {
    long next = 1;
    for (int kill = 0; kill < KILLS; kill++) {
      long flushed = writeAndKill(next);

      try (Store store = StampWriter.open(directory)) {
        assertThat(store.list())
            .extracting(VolumeInfo::name)
            .contains(StampWriter.VOLUME)
            .hasSizeBetween(1, 2);
        store.list().stream()
            .map(VolumeInfo::name)
            .filter(name -> !name.equals(StampWriter.VOLUME))
            .forEach(store::remove);
        next = assertEveryStamp(store, flushed) + 1;
      }
    }
  }

  private long writeAndKill(long from) throws Exception {
    try (var child = new ChildProcess(said, StampWriter.class, directory, from)) {
      child.awaitLines(FLUSHES_BEFORE_A_KILL);
      child.kill();
      return Long.parseLong(child.lines().getLast());
    }
  }

  /** Answers the newest stamp found. */
  private static long assertEveryStamp(Store store, long flushed) {
    long newest = flushed;
    try (Volume volume = store.openVolume(StampWriter.VOLUME)) {
      for (long stamp = Math.max(1, flushed - StampWriter.SECTORS + 1); stamp <= flushed; stamp++) {
        ByteBuffer sector = ByteBuffer.allocate(CrashModel.SECTOR_BYTES);
        volume.read(StampWriter.sectorOf(stamp) * CrashModel.SECTOR_BYTES, sector);
        long found = sector.getLong(0);
        assertThat(found).as("stamp %d, flushed %d", stamp, flushed).isGreaterThanOrEqualTo(stamp);
        assertThat(StampWriter.sectorOf(found)).isEqualTo(StampWriter.sectorOf(stamp));
        newest = Math.max(newest, found);
      }
    }
    return newest;
  }
}
