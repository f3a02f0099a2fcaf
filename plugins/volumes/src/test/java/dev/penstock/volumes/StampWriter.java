package dev.penstock.volumes;

import dev.penstock.spi.volume.Volume;
import dev.penstock.spi.volume.VolumeInfo;
import dev.penstock.volumes.linux.LinuxDisk;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;

/**
 * Writes numbered stamps into a volume, and makes and removes others, until it is killed. Says
 * {@code open}, and after each flush the number of the last stamp that it covers.
 */
final class StampWriter {
  static final String VOLUME = "stamps";
  static final int SECTORS = 512;

  private static final int STAMPS_PER_FLUSH = 5;

  private StampWriter() {}

  /** Where a stamp goes: all over the volume. */
  static long sectorOf(long stamp) {
    return stamp * 197 % SECTORS;
  }

  public static void main(String[] arguments) {
    Store store = open(Path.of(arguments[0]));
    List<String> names = store.list().stream().map(VolumeInfo::name).toList();
    if (!names.contains(VOLUME)) store.create(VOLUME, SECTORS * CrashModel.SECTOR_BYTES);
    ChildProcess.say("open");
    Volume volume = store.openVolume(VOLUME);
    for (long stamp = Long.parseLong(arguments[1]); ; stamp++) {
      volume.write(sectorOf(stamp) * CrashModel.SECTOR_BYTES, CrashModel.sectors(stamp, 1));
      if (stamp % STAMPS_PER_FLUSH != 0) continue;
      volume.flush();
      ChildProcess.say(stamp);
      store.create("brief-" + stamp, 4096);
      store.remove("brief-" + stamp);
    }
  }

  static Store open(Path directory) {
    return Store.open(
        LinuxDisk.at(directory).orElseThrow(),
        new Store.Limits(100, 1 << 30, 100, 1 << 20),
        InstantSource.system(),
        _ -> {});
  }
}
