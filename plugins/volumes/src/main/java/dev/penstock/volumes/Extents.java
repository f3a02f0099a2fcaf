package dev.penstock.volumes;

import dev.penstock.spi.volume.Extent;
import dev.penstock.spi.volume.Extent.Kind;
import dev.penstock.volumes.disk.DiskFile;
import dev.penstock.volumes.disk.DiskFile.Span;
import java.util.Optional;

/** Tells holes from data in a file that others may be writing. */
final class Extents {
  /**
   * What is called data when the file changes between two questions, so that every step moves on:
   * calling anything data is safe.
   */
  private static final long STEP_BYTES = 4096;

  private Extents() {}

  /**
   * Gives {@code sink} what the range consists of, from {@code offset} on, until it wants no more.
   *
   * @param reserved whether room without data can be told from a hole
   */
  static void walk(
      DiskFile file, boolean reserved, long offset, long lengthBytes, Extent.Sink sink) {
    long end = offset + lengthBytes;
    Merging merging = new Merging(sink);
    long at = offset;
    while (at < end && merging.wantsMore) {
      long data = Math.clamp(file.nextData(at), at, end);
      if (reserved) addWithoutData(file, at, data, merging);
      else merging.add(at, data, Kind.HOLE);
      if (data == end) break;
      long hole = Math.clamp(file.nextHole(data), Math.min(data + STEP_BYTES, end), end);
      merging.add(data, hole, Kind.DATA);
      at = hole;
    }
    merging.finish();
  }

  /**
   * Data was asked for first, since it may be cached where the map says that nothing was written.
   */
  private static void addWithoutData(DiskFile file, long from, long to, Merging merging) {
    long at = from;
    while (at < to && merging.wantsMore) {
      Optional<Span> room = file.nextReserved(at, to);
      long start = room.map(Span::from).orElse(to);
      merging.add(at, start, Kind.HOLE);
      at = room.map(Span::to).orElse(to);
      merging.add(start, at, Kind.ZERO);
    }
  }

  /** Holds one extent back, until it is known that the next one differs. */
  private static final class Merging {
    private final Extent.Sink sink;
    private boolean wantsMore = true;
    private long from;
    private long to;
    private Kind kind = Kind.HOLE;

    Merging(Extent.Sink sink) {
      this.sink = sink;
    }

    void add(long start, long end, Kind next) {
      if (start == end) return;
      if (from == to || next != kind) {
        finish();
        from = start;
        kind = next;
      }
      to = end;
    }

    void finish() {
      if (from < to && wantsMore) wantsMore = sink.accept(new Extent(from, to - from, kind));
      from = to;
    }
  }
}
