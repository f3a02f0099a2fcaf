package dev.penstock.volumes;

import dev.penstock.spi.GatewayError;
import dev.penstock.volumes.disk.Disk;
import dev.penstock.volumes.disk.Disk.Opening;
import dev.penstock.volumes.disk.DiskFile;
import dev.penstock.volumes.manifest.Layout;
import dev.penstock.volumes.manifest.Manifest;
import dev.penstock.volumes.manifest.StoreFiles;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends what a crash cut short, once the store is locked and everything in it was found sound. Only
 * room is at stake: what cannot be removed now is tried again at the next opening. A crash in here
 * leaves less to do.
 */
final class Recovery {
  private static final Logger log = LoggerFactory.getLogger(Recovery.class);

  private final Disk disk;

  Recovery(Disk disk) {
    this.disk = disk;
  }

  void carryOut(Findings found) {
    StoreFiles files = new StoreFiles(disk);
    // A process that was killed may have left names that are only cached: they have to be durable
    // before anything is removed because of them, or acknowledged on top of them.
    for (String directory : List.of(Layout.LAYERS, Layout.VOLUMES, ""))
      files.syncDirectory(directory);
    if (disk.exists(Layout.OWNERS)) files.syncDirectory(Layout.OWNERS);
    for (String volume : found.volumes().keySet()) files.syncDirectory(Layout.volume(volume));
    found.unnamed().forEach((from, to) -> name(from, to, found, files));
    // The manifests in the directories say whose the files are, and so go last.
    boolean removed = true;
    for (String path : found.orphanFiles()) removed &= attempt(path, "removed", disk::unlink);
    if (removed && !found.orphanDirectories().isEmpty()) {
      files.syncDirectory(Layout.LAYERS);
      found.orphanDirectories().forEach(path -> attempt(path, "removed", files::removeTree));
    }
    found
        .tooLong()
        .forEach(
            (id, layer) -> attempt(Layout.dataOf(id), "cut", path -> cut(path, layer.sizeBytes())));
    for (String path : found.strangers())
      log.atWarn()
          .addKeyValue("path", disk.called(path))
          .log("belongs to no volume of this store; left alone");
    found
        .broken()
        .forEach((volume, why) ->
            log.atError()
                .addKeyValue("volume", volume)
                .addKeyValue("reason", why)
                .log("volume refused"));
  }

  private void name(String from, String to, Findings found, StoreFiles files) {
    disk.rename(Layout.volume(from), Layout.volume(to));
    files.syncDirectory(Layout.VOLUMES);
    Manifest manifest = found.volumes().remove(from);
    if (manifest != null) found.volumes().put(to, manifest);
  }

  private void cut(String path, long sizeBytes) {
    try (DiskFile file = disk.open(path, Opening.EXISTING)) {
      file.truncate(sizeBytes);
      file.sync();
    }
  }

  private boolean attempt(String path, String done, Consumer<String> step) {
    try {
      step.accept(path);
      log.atInfo()
          .addKeyValue("path", disk.called(path))
          .addKeyValue("done", done)
          .log("left over from a crash");
      return true;
    } catch (GatewayError e) {
      log.atWarn()
          .addKeyValue("path", disk.called(path))
          .addKeyValue("reason", e.what())
          .log("left over from a crash, and stays for now");
      return false;
    }
  }
}
