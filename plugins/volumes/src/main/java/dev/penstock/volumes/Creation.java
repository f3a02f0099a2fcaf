package dev.penstock.volumes;

import dev.penstock.spi.GatewayError;
import dev.penstock.volumes.disk.Disk;
import dev.penstock.volumes.disk.Disk.Opening;
import dev.penstock.volumes.disk.DiskFile;

/**
 * Makes a volume. The renaming of its directory is what makes it exist: until then everything has a
 * name that is removed when the store is opened, and the directory comes with its manifest inside.
 * So a volume's directory without a manifest is never a creation that a crash cut short.
 */
final class Creation {
  private final Disk disk;
  private final StoreFiles files;

  Creation(Disk disk, StoreFiles files) {
    this.disk = disk;
    this.files = files;
  }

  /** Leaves nothing behind if it fails, but for what could not be removed either. */
  void carryOut(String name, Manifest manifest) {
    String unfinished = Layout.newVolume(name);
    String data = Layout.dataOf(manifest.head());
    try {
      makeLayer(data, manifest.sizeBytes());
      if (disk.exists(unfinished)) files.removeTree(unfinished);
      disk.makeDirectory(unfinished);
      files.commit(unfinished, manifest);
      disk.rename(unfinished, Layout.volume(name));
    } catch (GatewayError e) {
      files.discardDirectory(unfinished, e);
      files.discard(data, e);
      throw e;
    }
    files.syncDirectory(Layout.VOLUMES);
  }

  /** Durable with its name before any manifest names it. */
  private void makeLayer(String data, long sizeBytes) {
    try (DiskFile file = disk.open(data, Opening.NEW)) {
      file.truncate(sizeBytes);
      file.sync();
    }
    files.syncDirectory(Layout.LAYERS);
  }
}
