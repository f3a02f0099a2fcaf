package dev.penstock.volumes;

import dev.penstock.spi.GatewayError;
import dev.penstock.volumes.disk.Disk;
import dev.penstock.volumes.disk.DiskFile;
import dev.penstock.volumes.manifest.Layout;
import dev.penstock.volumes.manifest.Manifest;
import dev.penstock.volumes.manifest.ManifestFormat;
import dev.penstock.volumes.manifest.StoreFiles;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashSet;
import java.util.Set;
import java.util.zip.CRC32C;

/** Stores that break one rule each, told from outside: by what their disk does. */
final class Mistakes {
  private static final int RECORD_BYTES = 32;
  private static final int LOG_HEADER_BYTES = 4096;

  private Mistakes() {}

  private static String layerOf(String path) {
    return path.substring(0, path.lastIndexOf('.'));
  }

  /** Unlinks the layers that a manifest drops before that manifest has its name. */
  static Disk unlinksEarly(Disk disk) {
    return new WrappedDisk(disk) {
      @Override
      public void rename(String from, String to) {
        if (to.endsWith(Layout.MANIFEST)) unlinkDropped(from, to);
        disk.rename(from, to);
      }

      private void unlinkDropped(String from, String to) {
        StoreFiles files = new StoreFiles(disk);
        Set<String> dropped =
            new HashSet<>(ManifestFormat.decode(from, files.read(from)).dropped());
        for (String volume : disk.list(Layout.VOLUMES)) {
          String path = Layout.manifestIn(Layout.volume(volume));
          if (path.equals(to) || !disk.exists(path)) continue;
          Manifest other = ManifestFormat.decode(path, files.read(path));
          dropped.removeAll(other.layers().keySet());
        }
        for (String layer : dropped)
          for (String path : Layout.filesOf(layer)) if (disk.exists(path)) disk.unlink(path);
      }
    };
  }

  /** Claims in a frozen layer what was not copied into it. */
  static Disk forgetsToCopyUp(Disk disk) {
    return new WrappedDisk(disk) {
      @Override
      DiskFile file(String path, DiskFile file) {
        if (!path.endsWith(".data")) return file;
        return new WrappedFile(path, file) {
          @Override
          public void write(long offset, ByteBuffer source) {
            boolean isFrozen =
                disk.exists(layerOf(path) + ".map") && !disk.exists(layerOf(path) + ".log");
            if (isFrozen) source.position(source.limit());
            else super.write(offset, source);
          }
        };
      }
    };
  }

  /** Takes for a record whatever stands in a log, an older one's too, and goes on after a gap. */
  static Disk believesEveryRecord(Disk disk) {
    return new WrappedDisk(disk) {
      @Override
      DiskFile file(String path, DiskFile file) {
        if (!path.endsWith(".log")) return file;
        return new WrappedFile(path, file) {
          @Override
          public void read(long offset, ByteBuffer target) {
            int start = target.position();
            super.read(offset, target);
            if (offset >= LOG_HEADER_BYTES)
              believe(file, target.slice(start, target.position() - start));
          }
        };
      }

      private void believe(DiskFile file, ByteBuffer bytes) {
        ByteBuffer header = ByteBuffer.allocate(48).order(ByteOrder.LITTLE_ENDIAN);
        file.read(0, header);
        long generation = header.getLong(32);
        long lsn = header.getLong(40);
        ByteBuffer records = bytes.order(ByteOrder.LITTLE_ENDIAN);
        int to = 0;
        for (int at = 0; at + RECORD_BYTES <= records.limit(); at += RECORD_BYTES) {
          if (records.getLong(at) == 0) continue;
          byte[] record = new byte[RECORD_BYTES];
          records.get(at, record).put(to, record);
          records.putLong(to + 8, lsn++);
          records.putInt(to, crc(generation, records.slice(to + 4, RECORD_BYTES - 4)));
          to += RECORD_BYTES;
        }
      }
    };
  }

  private static int crc(long seed, ByteBuffer bytes) {
    CRC32C crc = new CRC32C();
    for (int i = 0; i < Long.BYTES; i++) crc.update((int) (seed >>> (8 * i)));
    crc.update(bytes);
    return (int) crc.getValue();
  }

  /** Tries a sync that failed again, and believes that it went well then. */
  static Disk triesFailedSyncsAgain(Disk disk) {
    return new WrappedDisk(disk) {
      @Override
      DiskFile file(String path, DiskFile file) {
        return new WrappedFile(path, file) {
          @Override
          public void dataSync() {
            try {
              super.dataSync();
            } catch (GatewayError.Failed _) {
              super.dataSync();
            }
          }
        };
      }
    };
  }
}
