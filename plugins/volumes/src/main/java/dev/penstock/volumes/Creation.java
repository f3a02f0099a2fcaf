package dev.penstock.volumes;

import dev.penstock.spi.GatewayError;
import dev.penstock.volumes.disk.Disk;
import dev.penstock.volumes.manifest.Layout;
import dev.penstock.volumes.manifest.Manifest;
import dev.penstock.volumes.manifest.StoreFiles;

/**
 * Makes a volume. The renaming of its directory is what makes it exist: until then everything has a
 * name that is removed when the store is opened, or is named by a manifest in such a directory,
 * which is durable before it. So a volume's directory without a manifest is never a creation that a
 * crash cut short, and a layer without a volume never is either.
 */
final class Creation {
  private final Disk disk;
  private final StoreFiles files;

  Creation(Disk disk, StoreFiles files) {
    this.disk = disk;
    this.files = files;
  }

  /**
   * Leaves nothing behind if it fails, but for what could not be removed either.
   *
   * @param layer makes the files of the head
   */
  void carryOut(String name, Manifest manifest, Runnable layer) {
    String unfinished = Layout.newVolume(name);
    try {
      if (disk.exists(unfinished)) files.removeTree(unfinished);
      disk.makeDirectory(unfinished);
      files.commit(unfinished, manifest);
      files.syncDirectory(Layout.VOLUMES);
      layer.run();
      disk.rename(unfinished, Layout.volume(name));
    } catch (GatewayError e) {
      for (String path : Layout.filesOf(manifest.head())) files.discard(path, e);
      if (isDiscarded(manifest.head(), e)) files.discardDirectory(unfinished, e);
      throw e;
    }
    files.syncDirectory(Layout.VOLUMES);
  }

  /** Durably: without the manifest that names them the files would be nobody's. */
  private boolean isDiscarded(String layer, GatewayError because) {
    try {
      if (Layout.filesOf(layer).stream().anyMatch(disk::exists)) return false;
      disk.syncDirectory(Layout.LAYERS);
      return true;
    } catch (GatewayError e) {
      because.addSuppressed(e);
      return false;
    }
  }
}
