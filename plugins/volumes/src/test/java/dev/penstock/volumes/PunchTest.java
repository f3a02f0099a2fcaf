package dev.penstock.volumes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.volume.Volume;
import dev.penstock.volumes.disk.DiskFile;
import dev.penstock.volumes.disk.SimulatedDisk;
import dev.penstock.volumes.disk.SimulatedDisk.Names;
import dev.penstock.volumes.disk.Survivors;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Room under zeroes is given back once their claim is durable, and not under what came since. */
class PunchTest {
  private static final int GRAIN_BYTES = 4096;

  private final SimulatedDisk disk = new SimulatedDisk(Survivors.NONE, Names.STRICT);

  /** A volume of which the first grain is the head's. */
  private static Volume written(Store store) {
    store.create("demo", 64 << 10);
    Volume volume = store.openVolume("demo");
    var _ = store.snapshots().create("demo", "monday");
    volume.write(0, CrashModel.sectors(1, 8));
    volume.flush();
    return volume;
  }

  @Test
  void zeroesArePunchedAfterTheirClaimIsDurable() {
    try (Store store = CrashRun.open(disk);
        Volume volume = written(store)) {
      int before = disk.log().size();
      volume.trim(0, GRAIN_BYTES);
      assertThat(disk.log().subList(before, disk.log().size())).noneMatch(PunchTest::isPunch);

      volume.flush();

      List<String> done = disk.log().subList(before, disk.log().size());
      int punched =
          done.indexOf(done.stream().filter(PunchTest::isPunch).findFirst().orElseThrow());
      assertThat(done.subList(0, punched)).last().asString().matches("sync layers/.*\\.log");
    }
  }

  private static boolean isPunch(String operation) {
    return operation.startsWith("punch ");
  }

  @Test
  void whatIsWrittenWhileTheClaimBecomesDurableIsNotPunched() {
    var meanwhile = new Meanwhile(disk);
    try (Store store = Store.open(meanwhile, CrashRun.LIMITS, () -> Instant.EPOCH, _ -> {});
        Volume volume = written(store)) {
      volume.trim(0, GRAIN_BYTES);
      meanwhile.step = () -> volume.write(0, CrashModel.sectors(2, 8));

      volume.flush();

      ByteBuffer read = ByteBuffer.allocate(GRAIN_BYTES);
      volume.read(0, read);
      assertThat(read.flip()).isEqualTo(CrashModel.sectors(2, 8));
    }
  }

  /** Something happens once, when a log is synced. */
  private static final class Meanwhile extends WrappedDisk {
    private Runnable step = () -> {};

    Meanwhile(SimulatedDisk disk) {
      super(disk);
    }

    @Override
    DiskFile file(String path, DiskFile file) {
      if (!path.endsWith(".log")) return file;
      return new WrappedFile(path, file) {
        @Override
        public void dataSync() {
          super.dataSync();
          Runnable now = step;
          step = () -> {};
          now.run();
        }
      };
    }
  }
}
