package dev.penstock.volumes;

import dev.penstock.spi.GatewayError;
import dev.penstock.volumes.disk.Disk;
import dev.penstock.volumes.manifest.Layout;
import dev.penstock.volumes.manifest.Manifest;
import dev.penstock.volumes.manifest.StoreFiles;
import java.util.HashSet;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes a volume. The renaming of its directory is what ends it; its layers go only once that is
 * durable, and its manifest last, since it says which they were. What a crash leaves of them is
 * removed when the store is opened.
 */
final class Removal {
  private static final Logger log = LoggerFactory.getLogger(Removal.class);

  private final Disk disk;
  private final Catalogue catalogue;
  private final StoreFiles files;

  Removal(Disk disk, Catalogue catalogue) {
    this.disk = disk;
    this.catalogue = catalogue;
    this.files = catalogue.files();
  }

  void carryOut(String name, Manifest manifest) {
    disk.rename(Layout.volume(name), goneDirectory(manifest));
    files.syncDirectory(Layout.VOLUMES);
  }

  private static String goneDirectory(Manifest manifest) {
    return Layout.goneVolume(manifest.volume().toString());
  }

  /**
   * Within the change: what nobody else needs is to go. The volume is gone already, so what does
   * not work then costs room and nothing else.
   */
  void freeLayers(Manifest manifest) {
    if (!catalogue.mayUnlink()) return;
    Set<String> unneeded = new HashSet<>(manifest.layers().keySet());
    unneeded.addAll(manifest.dropped());
    unneeded.add(manifest.next());
    unneeded.removeAll(catalogue.needed());
    unneeded.forEach(catalogue.layers()::retire);
    catalogue.freeLater(() -> free(manifest, unneeded));
  }

  private void free(Manifest manifest, Set<String> unneeded) {
    boolean freed = true;
    for (String layer : unneeded) freed &= catalogue.unlinked(layer);
    if (!freed) return;
    try {
      files.syncDirectory(Layout.LAYERS); // or the files would be nobody's
      files.removeTree(goneDirectory(manifest));
    } catch (GatewayError e) {
      log.atWarn()
          .addKeyValue("volume", manifest.volume())
          .addKeyValue("reason", e.what())
          .log("room of a removed volume is given back when the store is opened next");
    }
  }
}
