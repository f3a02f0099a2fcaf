package dev.penstock.nbd.client;

import dev.penstock.nbd.wire.BlockStatus;
import dev.penstock.nbd.wire.Wire;
import dev.penstock.spi.volume.Extent;
import dev.penstock.spi.volume.Extent.Kind;

/**
 * Makes extents of what a server says about its blocks: merged where they are alike, cut to the
 * range that was asked for. Protocol document, "base:allocation metadata context". One thread.
 */
public final class FoundExtents {
  private final long offset;
  private final long endOffset;
  private final Extent.Sink sink;
  private long reached;
  private long pendingBegin;
  private long pendingEnd;
  private Kind pending = Kind.DATA;
  private boolean wantsMore = true;

  public FoundExtents(long offset, long lengthBytes, Extent.Sink sink) {
    this.offset = offset;
    this.endOffset = offset + lengthBytes;
    this.sink = sink;
    this.pendingBegin = offset;
    this.pendingEnd = offset;
  }

  public boolean wantsMore() {
    return wantsMore;
  }

  /** Where the next question begins. */
  public long reached(long askedAt) {
    return Math.max(reached, askedAt);
  }

  /** Takes the answer about {@code lengthBytes} at {@code at}; a server may say less, or more. */
  public void take(long at, int lengthBytes, BlockStatus status) {
    reached = at;
    status.each((bytes, state) -> {
      add(reached, reached + bytes, kind(state));
      reached += bytes;
    });
    if (reached > at) return;
    add(at, at + lengthBytes, Kind.DATA); // it said nothing: anything may be there
    reached = at + lengthBytes;
  }

  /** A hole that may not read as zeroes is as good as data. */
  private static Kind kind(int state) {
    if ((state & Wire.STATE_ZERO) == 0) return Kind.DATA;
    return (state & Wire.STATE_HOLE) == 0 ? Kind.ZERO : Kind.HOLE;
  }

  private void add(long begin, long end, Kind kind) {
    long from = Math.max(begin, offset);
    long to = Math.min(end, endOffset);
    if (from >= to) return;
    if (kind != pending) {
      handOut();
      pendingBegin = from;
      pending = kind;
    }
    pendingEnd = to;
  }

  /** No more comes. */
  public void end() {
    handOut();
  }

  private void handOut() {
    if (!wantsMore || pendingEnd <= pendingBegin) return;
    wantsMore = sink.accept(new Extent(pendingBegin, pendingEnd - pendingBegin, pending));
    pendingBegin = pendingEnd;
  }
}
