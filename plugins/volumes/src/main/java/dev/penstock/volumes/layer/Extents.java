package dev.penstock.volumes.layer;

import dev.penstock.spi.volume.Extent;
import dev.penstock.spi.volume.Extent.Kind;
import dev.penstock.volumes.disk.DiskFile;
import dev.penstock.volumes.disk.DiskFile.Span;
import dev.penstock.volumes.disk.Facilities;
import java.util.Optional;

/**
 * Tells holes from data in files that others may be writing, and puts together what is alike. One
 * walk: {@link #inFile} and {@link #hole} in the order of the volume, then {@link #finish}.
 */
final class Extents {
  /**
   * What is called data when the file changes between two questions, so that every step moves on:
   * calling anything data is safe.
   */
  private static final long STEP_BYTES = 4096;

  private final Extent.Sink sink;
  private final Facilities facilities;
  private boolean wantsMore = true;
  private long from;
  private long to;
  private Kind kind = Kind.HOLE;

  Extents(Facilities facilities, Extent.Sink sink) {
    this.facilities = facilities;
    this.sink = sink;
  }

  /** Whether the sink takes more. */
  boolean wantsMore() {
    return wantsMore;
  }

  void hole(long offset, long end) {
    add(offset, end, Kind.HOLE);
  }

  /** What the file holds from one offset to before the other. */
  void inFile(DiskFile file, long offset, long end) {
    if (!facilities.seek()) {
      add(offset, end, Kind.DATA);
      return;
    }
    long at = offset;
    while (at < end && wantsMore) {
      long data = Math.clamp(file.nextData(at), at, end);
      if (facilities.zeroRange()) addWithoutData(file, at, data);
      else hole(at, data);
      if (data == end) break;
      long hole = Math.clamp(file.nextHole(data), Math.min(data + STEP_BYTES, end), end);
      add(data, hole, Kind.DATA);
      at = hole;
    }
  }

  /**
   * Data was asked for first, since it may be cached where the map says that nothing was written.
   */
  private void addWithoutData(DiskFile file, long offset, long end) {
    long at = offset;
    while (at < end && wantsMore) {
      Optional<Span> room = file.nextReserved(at, end);
      long start = room.map(Span::from).orElse(end);
      hole(at, start);
      at = room.map(Span::to).orElse(end);
      add(start, at, Kind.ZERO);
    }
  }

  /** Holds one extent back, until it is known that the next one differs. */
  private void add(long start, long end, Kind next) {
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
