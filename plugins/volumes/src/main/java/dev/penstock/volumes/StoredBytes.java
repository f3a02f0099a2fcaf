package dev.penstock.volumes;

import dev.penstock.spi.GatewayError;
import dev.penstock.volumes.disk.Disk;
import dev.penstock.volumes.disk.Disk.Opening;
import dev.penstock.volumes.disk.DiskFile;
import dev.penstock.volumes.manifest.Layout;
import dev.penstock.volumes.manifest.Manifest;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What layers take of the disk. A volume may have thousands, of which one is written: of the others
 * it is asked once.
 *
 * <p><b>Threads.</b> Any.
 */
final class StoredBytes {
  private final Disk disk;
  private final Map<String, Long> known = new ConcurrentHashMap<>();

  StoredBytes(Disk disk) {
    this.disk = disk;
  }

  /** Of all its layers, those that it shares with others included. */
  long of(Manifest manifest) {
    long sum = 0;
    for (String layer : manifest.layers().keySet())
      sum += layer.equals(manifest.head()) ? measured(layer) : ofUnwritten(layer);
    return sum;
  }

  long ofUnwritten(String layer) {
    return known.computeIfAbsent(layer, this::measured);
  }

  private long measured(String layer) {
    try (DiskFile file = disk.open(Layout.dataOf(layer), Opening.EXISTING)) {
      return file.allocatedBytes();
    } catch (GatewayError.Failed _) { // its volume is being removed
      return 0;
    }
  }

  /** Another layer was merged into it, or it has gone. */
  void forget(String layer) {
    known.remove(layer);
  }
}
