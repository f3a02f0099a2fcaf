package dev.penstock.volumes;

import dev.penstock.spi.GatewayError;
import dev.penstock.volumes.disk.Disk;
import dev.penstock.volumes.disk.Disk.Opening;
import dev.penstock.volumes.disk.DiskFile;
import java.time.Instant;
import java.util.UUID;
import java.util.function.LongConsumer;

/** Volumes without a store around them, and so of any size. */
final class RawVolumes {
  private RawVolumes() {}

  static RawVolume on(Disk disk, long sizeBytes) {
    return on(disk, sizeBytes, new Alone(sizeBytes));
  }

  static RawVolume on(Disk disk, long sizeBytes, RawVolume.Home home) {
    String path = "volume-" + UUID.randomUUID();
    DiskFile data = disk.open(path, Opening.NEW);
    data.truncate(sizeBytes);
    return new RawVolume(
        "demo",
        Manifest.ofNew(UUID.randomUUID(), Instant.EPOCH, sizeBytes, "layer"),
        data,
        data.probe(),
        home);
  }

  private static final class Alone implements RawVolume.Home {
    private long size;

    Alone(long size) {
      this.size = size;
    }

    @Override
    public synchronized void grow(String name, DiskFile data, long sizeBytes) {
      if (sizeBytes < size) throw new GatewayError.Invalid("smaller than " + size);
      data.truncate(sizeBytes);
      data.sync();
      size = sizeBytes;
    }

    @Override
    public LongConsumer syncTimes() {
      return _ -> {};
    }

    @Override
    public void closed(String name) {}
  }
}
