package dev.penstock.replication.forward;

import dev.penstock.spi.volume.Extent;
import java.util.Optional;

/** Extents from several answers, as one: those that touch differ in kind. */
final class JoinedExtents {
  private final Extent.Sink sink;
  private Optional<Extent> last = Optional.empty();
  private long endOffset;
  private boolean wantsMore = true;

  JoinedExtents(long offset, Extent.Sink sink) {
    this.endOffset = offset;
    this.sink = sink;
  }

  /** Up to where they are known. */
  long endOffset() {
    return endOffset;
  }

  boolean wantsMore() {
    return wantsMore;
  }

  /** What comes next. */
  void add(long lengthBytes, Extent.Kind kind) {
    var next = new Extent(endOffset, lengthBytes, kind);
    endOffset = next.endOffset();
    if (last.isPresent() && last.get().kind() == kind) {
      Extent before = last.get();
      last = Optional.of(new Extent(before.offset(), endOffset - before.offset(), kind));
      return;
    }
    end();
    last = Optional.of(next);
  }

  /** No more come. */
  void end() {
    if (wantsMore && last.isPresent()) wantsMore = sink.accept(last.get());
    last = Optional.empty();
  }
}
