package dev.penstock.nbd.mirror;

import java.nio.ByteBuffer;

/**
 * Tells zeroes from data, in grains: shorter runs of zeroes are not worth a request of their own.
 */
final class ZeroRuns {
  /** A cluster of qcow2, which is what most servers keep a hole by. */
  static final int GRAIN_BYTES = 64 << 10;

  private static final ByteBuffer ZEROES = ByteBuffer.allocateDirect(GRAIN_BYTES);

  /** Takes runs one by one, in order. */
  interface Sink {
    void data(long offset, ByteBuffer bytes);

    void zeroes(long offset, int lengthBytes);
  }

  private ZeroRuns() {}

  /** Of all that {@code source} has; its position stays as it is. */
  static void each(long offset, ByteBuffer source, Sink sink) {
    int end = source.limit();
    int begin = source.position();
    while (begin < end) {
      boolean zero = isZero(source, begin, grainEnd(offset, source, begin));
      int to = grainEnd(offset, source, begin);
      while (to < end && isZero(source, to, grainEnd(offset, source, to)) == zero)
        to = grainEnd(offset, source, to);
      long at = offset + (begin - source.position());
      if (zero) sink.zeroes(at, to - begin);
      else sink.data(at, source.slice(begin, to - begin));
      begin = to;
    }
  }

  /** Grains begin at multiples of their size, as blocks there do. */
  private static int grainEnd(long offset, ByteBuffer source, int at) {
    long absolute = offset + (at - source.position());
    long left = GRAIN_BYTES - Math.floorMod(absolute, (long) GRAIN_BYTES);
    return (int) Math.min(source.limit(), at + left);
  }

  private static boolean isZero(ByteBuffer source, int from, int to) {
    return source.slice(from, to - from).mismatch(ZEROES.slice(0, to - from)) < 0;
  }
}
