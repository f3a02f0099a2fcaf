package dev.penstock.volumes;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * What may be found after a power cut. Every sector is written whole, with one number in it; 0 is a
 * sector of zeroes. A change is announced before the call and confirmed after it: between the two
 * the old and the new are allowed.
 */
final class CrashModel {
  static final int SECTOR_BYTES = 512;

  /** A volume as it was last seen by its user, and what a power cut may leave of it. */
  static final class OfVolume {
    final Set<Long> sizes = new LinkedHashSet<>();
    final Map<Long, Long> current = new HashMap<>();
    final Map<Long, Set<Long>> allowed = new HashMap<>();
    boolean mayBeMissing = true;
    boolean mayBeThere = true;

    Set<Long> allowed(long sector) {
      return allowed.computeIfAbsent(sector, _ -> new LinkedHashSet<>(Set.of(0L)));
    }

    /** Durable from now on: what is current, or what comes later. */
    void flushed() {
      allowed.forEach((sector, values) -> {
        values.clear();
        values.add(current.getOrDefault(sector, 0L));
      });
    }

    void durable(long sector, long value) {
      current.put(sector, value);
      Set<Long> values = allowed(sector);
      values.clear();
      values.add(value);
    }

    void resized(long sizeBytes) {
      sizes.clear();
      sizes.add(sizeBytes);
    }
  }

  final Map<String, OfVolume> volumes = new HashMap<>();

  OfVolume volume(String name) {
    return volumes.computeIfAbsent(name, _ -> new OfVolume());
  }

  static ByteBuffer sectors(long value, int count) {
    ByteBuffer sectors = ByteBuffer.allocate(count * SECTOR_BYTES);
    while (sectors.hasRemaining()) sectors.putLong(value);
    return sectors.flip();
  }
}
