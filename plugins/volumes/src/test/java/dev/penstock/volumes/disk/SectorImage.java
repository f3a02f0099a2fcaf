package dev.penstock.volumes.disk;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** The bytes of a file by sectors. What is zero takes nothing, so that a file can be large. */
final class SectorImage {
  static final int SECTOR_BYTES = 512;

  private static final byte[] ZEROES = new byte[SECTOR_BYTES];

  private final Map<Long, byte[]> sectors; // never changed, so that images can share them
  private long sizeBytes;

  SectorImage() {
    this(new HashMap<>(), 0);
  }

  private SectorImage(Map<Long, byte[]> sectors, long sizeBytes) {
    this.sectors = sectors;
    this.sizeBytes = sizeBytes;
  }

  SectorImage copy() {
    return new SectorImage(new HashMap<>(sectors), sizeBytes);
  }

  long sizeBytes() {
    return sizeBytes;
  }

  /** Of the sectors that are not zero. */
  Set<Long> numbers() {
    return sectors.keySet();
  }

  /** Not to be changed. */
  byte[] sector(long number) {
    return sectors.getOrDefault(number, ZEROES);
  }

  /** As far as the size goes. */
  void put(long number, byte[] content) {
    long end = sizeBytes - number * SECTOR_BYTES;
    if (end <= 0) return;
    byte[] kept = end < SECTOR_BYTES ? cut(content, (int) end) : content;
    if (Arrays.equals(kept, ZEROES)) sectors.remove(number);
    else sectors.put(number, kept);
  }

  private static byte[] cut(byte[] content, int length) {
    return Arrays.copyOf(Arrays.copyOf(content, length), SECTOR_BYTES);
  }

  void resize(long newSizeBytes) {
    boolean shrinks = newSizeBytes < sizeBytes;
    sizeBytes = newSizeBytes;
    if (!shrinks) return;
    sectors.keySet().removeIf(number -> number * SECTOR_BYTES >= newSizeBytes);
    long last = newSizeBytes / SECTOR_BYTES;
    byte[] partial = sectors.get(last);
    if (partial != null) put(last, partial);
  }

  void read(long offset, ByteBuffer target) {
    long at = offset;
    while (target.hasRemaining()) {
      int from = (int) (at % SECTOR_BYTES);
      int length = Math.min(SECTOR_BYTES - from, target.remaining());
      target.put(sector(at / SECTOR_BYTES), from, length);
      at += length;
    }
  }
}
