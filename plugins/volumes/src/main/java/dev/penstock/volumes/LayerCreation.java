package dev.penstock.volumes;

import dev.penstock.spi.GatewayError;
import dev.penstock.volumes.claim.ClaimLog;
import dev.penstock.volumes.disk.Disk;
import dev.penstock.volumes.disk.Disk.Opening;
import dev.penstock.volumes.disk.DiskFile;
import dev.penstock.volumes.manifest.Layout;
import dev.penstock.volumes.manifest.StoreFiles;
import java.util.UUID;

/** Makes the files of a layer. They are durable, with their names, before a manifest names them. */
final class LayerCreation {
  private final Disk disk;
  private final StoreFiles files;

  LayerCreation(Disk disk, StoreFiles files) {
    this.disk = disk;
    this.files = files;
  }

  /** A layer without a parent. */
  void root(String id, long sizeBytes) {
    attempt(
        id,
        () -> {
          data(id, sizeBytes);
          files.syncDirectory(Layout.LAYERS);
        });
  }

  /** A layer that claims nothing yet. The log is the caller's to close. */
  ClaimLog claiming(String id, long sizeBytes) {
    ClaimLog[] log = new ClaimLog[1];
    attempt(
        id,
        () -> {
          data(id, sizeBytes);
          log[0] = log(id);
          try {
            files.syncDirectory(Layout.LAYERS);
          } catch (RuntimeException e) {
            log[0].close();
            throw e;
          }
        });
    return log[0];
  }

  private void data(String id, long sizeBytes) {
    try (DiskFile file = disk.open(Layout.dataOf(id), Opening.EITHER)) {
      file.truncate(0);
      file.truncate(sizeBytes);
      file.sync();
    }
  }

  private ClaimLog log(String id) {
    String path = Layout.logOf(id);
    DiskFile file = disk.open(path, Opening.EITHER);
    try {
      file.truncate(0);
      ClaimLog log = ClaimLog.begun(file, disk.called(path), UUID.fromString(id));
      file.sync();
      return log;
    } catch (RuntimeException e) {
      file.close();
      throw e;
    }
  }

  /** Leaves nothing behind if it fails, but for what could not be removed either. */
  private void attempt(String id, Runnable steps) {
    try {
      steps.run();
    } catch (GatewayError e) {
      for (String path : Layout.filesOf(id)) files.discard(path, e);
      throw e;
    }
  }
}
