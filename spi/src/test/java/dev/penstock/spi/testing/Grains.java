package dev.penstock.spi.testing;

import dev.penstock.spi.volume.Change;
import dev.penstock.spi.volume.Extent;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.IntFunction;

/** What a volume in memory holds at one moment: its bytes, and of which kind each grain is. */
final class Grains {
  private static final int BYTES = MemoryVolume.GRAIN_BYTES;

  private final byte[] bytes;
  private final Extent.Kind[] kinds;

  Grains(byte[] bytes, Extent.Kind[] kinds) {
    this.bytes = bytes;
    this.kinds = kinds;
  }

  /** So many bytes of nothing. */
  static Grains ofBytes(long sizeBytes) {
    return new Grains(new byte[0], new Extent.Kind[0]).resized(sizeBytes);
  }

  byte[] bytes() {
    return bytes;
  }

  Extent.Kind[] kinds() {
    return kinds;
  }

  Grains copy() {
    return new Grains(bytes.clone(), kinds.clone());
  }

  /** A copy that ends elsewhere; what is new is a hole. */
  Grains resized(long sizeBytes) {
    byte[] resized = Arrays.copyOf(bytes, Math.toIntExact(sizeBytes));
    Extent.Kind[] known = Arrays.copyOf(kinds, count(sizeBytes));
    if (known.length > kinds.length)
      Arrays.fill(known, kinds.length, known.length, Extent.Kind.HOLE);
    return new Grains(resized, known);
  }

  long storedBytes() {
    return Arrays.stream(kinds).filter(kind -> kind != Extent.Kind.HOLE).count() * BYTES;
  }

  void extents(long offset, long lengthBytes, Extent.Sink sink) {
    runs(
        offset,
        offset + lengthBytes,
        grain -> kinds[grain],
        (from, to, kind) -> sink.accept(new Extent(from, to - from, kind)));
  }

  void changes(Grains before, long offset, long lengthBytes, Change.Sink sink) {
    runs(
        offset,
        offset + lengthBytes,
        grain -> differs(before, grain),
        (from, to, changed) -> sink.accept(new Change(from, to - from, changed)));
  }

  /** What is not as it was, as it is now. */
  void diff(Grains before, long offset, Extent.Sink sink) {
    runs(
        offset,
        bytes.length,
        grain -> differs(before, grain) ? Optional.of(kinds[grain]) : Optional.<Extent.Kind>empty(),
        (from, to, kind) ->
            kind.map(one -> sink.accept(new Extent(from, to - from, one))).orElse(true));
  }

  /** What lies past the end of either counts as a hole. */
  boolean differs(Grains before, int grain) {
    if (kind(grain) != before.kind(grain)) return true;
    int from = grain * BYTES;
    for (int i = from; i < Math.min(bytes.length, from + BYTES); i++)
      if (bytes[i] != (i < before.bytes.length ? before.bytes[i] : 0)) return true;
    return false;
  }

  Extent.Kind kind(int grain) {
    return grain < kinds.length ? kinds[grain] : Extent.Kind.HOLE;
  }

  private interface Run<T> {
    boolean take(long from, long to, T what);
  }

  private static <T> void runs(long offset, long end, IntFunction<T> what, Run<T> sink) {
    for (long at = offset; at < end; ) {
      T here = what.apply(index(at));
      int next = index(at) + 1;
      while ((long) next * BYTES < end && what.apply(next).equals(here)) next++;
      long until = Math.min(end, (long) next * BYTES);
      if (!sink.take(at, until, here)) return;
      at = until;
    }
  }

  /** The grain that a byte is in. */
  static int index(long offset) {
    return (int) (offset / BYTES);
  }

  /** How many grains so many bytes take. */
  static int count(long bytes) {
    return (int) ((bytes + BYTES - 1) / BYTES);
  }
}
