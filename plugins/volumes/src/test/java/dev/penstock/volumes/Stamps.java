package dev.penstock.volumes;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;

/** The numbers that sectors hold, each all over its sector; 0 where nothing was written. */
final class Stamps {
  static final int SECTOR_BYTES = 512;
  static final int SECTORS_PER_GRAIN = 8;

  private static final long PLACES = 1 << 20;

  /** Nobody writes it. */
  static final long TORN = -1;

  private final Map<Long, Long> bySector;

  Stamps() {
    this(new HashMap<>());
  }

  private Stamps(Map<Long, Long> bySector) {
    this.bySector = bySector;
  }

  Stamps copy() {
    return new Stamps(new HashMap<>(bySector));
  }

  long at(long sector) {
    return bySector.getOrDefault(sector, 0L);
  }

  void set(long sector, long stamp) {
    if (stamp == 0) bySector.remove(sector);
    else bySector.put(sector, stamp);
  }

  /** What a write puts into a sector: another for each, so that nothing can take another's place. */
  static long of(long write, long sector) {
    return write * PLACES + sector;
  }

  static ByteBuffer bytes(long write, long first, int count) {
    ByteBuffer bytes = ByteBuffer.allocate(count * SECTOR_BYTES);
    for (int i = 0; i < count; i++)
      for (int word = 0; word < SECTOR_BYTES / Long.BYTES; word++)
        bytes.putLong(of(write, first + i));
    return bytes.flip();
  }

  /** The number of the next sector; {@link #TORN} if not all of it says the same. */
  static long next(ByteBuffer bytes) {
    long stamp = bytes.getLong();
    boolean same = true;
    for (int word = 1; word < SECTOR_BYTES / Long.BYTES; word++) same &= bytes.getLong() == stamp;
    return same ? stamp : TORN;
  }

  /** For people. */
  static String text(long stamp) {
    if (stamp == TORN) return "torn";
    return stamp == 0 ? "0" : "%d of write %d".formatted(stamp % PLACES, stamp / PLACES);
  }
}
