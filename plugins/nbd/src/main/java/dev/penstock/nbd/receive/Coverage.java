package dev.penstock.nbd.receive;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;

/** Which bytes were written, and how many are missing. One thread. */
final class Coverage {
  /**
   * A source writes from the beginning to the end; one whose ranges lie scattered like this would
   * fill the memory.
   */
  static final int RANGES_MAX = 1 << 16;

  private final TreeMap<Long, Long> ends = new TreeMap<>();
  private long missingBytes;

  Coverage(long sizeBytes) {
    this.missingBytes = sizeBytes;
  }

  /** Takes a range inside the size. */
  void add(long offset, long lengthBytes) {
    if (lengthBytes == 0) return;
    long begin = offset;
    long end = offset + lengthBytes;
    missingBytes -= lengthBytes;
    Map.Entry<Long, Long> before = ends.floorEntry(end);
    while (before != null && before.getValue() >= begin) { // touches, or overlaps
      ends.remove(before.getKey());
      missingBytes += overlap(offset, offset + lengthBytes, before.getKey(), before.getValue());
      begin = Math.min(begin, before.getKey());
      end = Math.max(end, before.getValue());
      before = ends.floorEntry(end);
    }
    ends.put(begin, end);
    if (ends.size() > RANGES_MAX)
      throw new GatewayError.Unavailable(
          Scope.CONNECTION,
          Duration.ofSeconds(1),
          "its writes lie in more than %d places".formatted(RANGES_MAX));
  }

  private static long overlap(long begin, long end, long otherBegin, long otherEnd) {
    return Math.max(0, Math.min(end, otherEnd) - Math.max(begin, otherBegin));
  }

  long missingBytes() {
    return missingBytes;
  }
}
