package dev.penstock.volumes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.spi.testing.MemoryVolume;
import dev.penstock.spi.volume.FileRegion;
import dev.penstock.spi.volume.Volume;
import dev.penstock.volumes.disk.SimulatedDisk;
import dev.penstock.volumes.disk.SimulatedDisk.Names;
import dev.penstock.volumes.disk.Survivors;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a socket still has to send stays where it is. */
class RegionsTest {
  @TempDir private Path directory;
  private Store store = CrashRun.open(new SimulatedDisk(Survivors.ALL, Names.STRICT));
  private Volume volume = MemoryVolume.ofBytes(0);

  @BeforeEach
  void openVolume() {
    store = StampWriter.open(directory);
    store.create("demo", 8192);
    volume = store.openVolume("demo");
    volume.write(4096, CrashModel.sectors(42, 1));
  }

  @AfterEach
  void closeStore() {
    store.close();
  }

  private static long firstLong(FileRegion region) throws Exception {
    ByteBuffer bytes = ByteBuffer.allocate(8);
    region.channel().read(bytes, region.positionBytes());
    return bytes.getLong(0);
  }

  @Test
  void leasesOutliveTheVolumeAndItsRemovalAndEndWithTheLastOfThem() throws Exception {
    FileRegion first = volume.regions(4096, 512).getFirst();
    FileRegion second = volume.regions(4096, 1024).getFirst();

    volume.close();
    store.remove("demo");
    first.close();
    first.close();

    assertThat(firstLong(second)).isEqualTo(42);
    second.close();
    assertThat(second.channel().isOpen()).isFalse();
  }

  @Test
  void channelsWithoutLeasesCloseWithTheStore() {
    FileRegion lease = volume.regions(0, 512).getFirst();
    lease.close();
    assertThat(lease.channel().isOpen()).isTrue();

    store.close();

    assertThat(lease.channel().isOpen()).isFalse();
  }

  @Test
  void anInterruptedReaderCostsRegionsAndNothingElse() throws Exception {
    try (FileRegion lease = volume.regions(4096, 512).getFirst()) {
      Thread.currentThread().interrupt();
      assertThatThrownBy(() -> firstLong(lease)).isInstanceOf(ClosedByInterruptException.class);
      volume.write(0, CrashModel.sectors(7, 1)); // while the thread is still interrupted
      volume.flush();
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }

    assertThat(volume.regions(4096, 512)).isEqualTo(List.of());
    ByteBuffer read = ByteBuffer.allocate(512);
    volume.read(0, read);
    assertThat(read.getLong(0)).isEqualTo(7);
  }
}
