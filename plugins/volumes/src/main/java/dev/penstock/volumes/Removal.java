package dev.penstock.volumes;

import dev.penstock.spi.GatewayError;
import dev.penstock.volumes.disk.Disk;
import java.util.Collection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes a volume. The renaming of its directory is what ends it; its layers go only once that is
 * durable. What a crash leaves of them is removed when the store is opened.
 */
final class Removal {
  private static final Logger log = LoggerFactory.getLogger(Removal.class);

  private final Disk disk;
  private final StoreFiles files;

  Removal(Disk disk, StoreFiles files) {
    this.disk = disk;
    this.files = files;
  }

  void carryOut(String name, Manifest manifest) {
    disk.rename(Layout.volume(name), Layout.goneVolume(manifest.volume().toString()));
    files.syncDirectory(Layout.VOLUMES);
  }

  /** The volume is gone already, so what does not work here costs room and nothing else. */
  void freeLayers(Manifest manifest, Collection<Manifest> others) {
    try {
      files.removeTree(Layout.goneVolume(manifest.volume().toString()));
      for (String layer : manifest.layers().keySet())
        if (others.stream().noneMatch(other -> other.layers().containsKey(layer)))
          disk.unlink(Layout.dataOf(layer));
    } catch (GatewayError e) {
      log.atWarn()
          .addKeyValue("volume", manifest.volume())
          .addKeyValue("reason", e.what())
          .log("room of a removed volume is given back when the store is opened next");
    }
  }
}
