package dev.penstock.nbd.upstream;

import dev.penstock.nbd.client.FoundExtents;
import dev.penstock.nbd.client.Offer;
import dev.penstock.nbd.client.Request;
import dev.penstock.nbd.client.Request.Window;
import dev.penstock.nbd.wire.Command;
import dev.penstock.nbd.wire.Wire;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.volume.Extent;
import dev.penstock.spi.volume.Ranges;
import dev.penstock.spi.volume.Volume;
import dev.penstock.spi.volume.VolumeCapability;
import dev.penstock.spi.volume.VolumeInfo;
import dev.penstock.spi.volume.ZeroMode;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A volume that another server has, as that server offers it. Long calls are sent in pieces that it
 * takes. Threads: those of callers, who wait for the {@link Upstream}.
 */
final class UpstreamVolume implements Volume {
  /** A piece of a TRIM or WRITE_ZEROES: a server that has to write zeroes needs time for more. */
  private static final int CHANGE_BYTES_MAX = 128 << 20;

  /** A piece of a BLOCK_STATUS: a reply has at most so many extents that nothing is left out. */
  private static final int STATUS_BYTES_MAX = 1 << 30;

  /** Set in {@link #calls} once it is closed; the rest counts calls under way. */
  private static final int CLOSED = Integer.MIN_VALUE;

  private final VolumeInfo info;
  private final Offer offer;
  private final Upstream upstream;
  private final Restarts restarts;
  private final ReadAhead readAhead;
  private final UpstreamObserver observer;
  private final Runnable onClose;
  private final Set<VolumeCapability> capabilities;

  /** Up to which of {@link Upstream#doubts} somebody was told. */
  private final AtomicLong told = new AtomicLong();

  private final AtomicInteger calls = new AtomicInteger();
  private final CompletableFuture<Boolean> idle = new CompletableFuture<>();

  UpstreamVolume(
      VolumeInfo info,
      Offer offer,
      Upstream upstream,
      Restarts restarts,
      ReadAhead readAhead,
      UpstreamObserver observer,
      Runnable onClose) {
    this.info = info;
    this.offer = offer;
    this.upstream = upstream;
    this.restarts = restarts;
    this.readAhead = readAhead;
    this.observer = observer;
    this.onClose = onClose;
    this.capabilities = capabilities(offer);
  }

  /**
   * Not FAST_ZERO, whatever is offered: that flag says that one may ask for a fast answer, not that
   * zeroing is fast.
   */
  private static Set<VolumeCapability> capabilities(Offer offer) {
    Set<VolumeCapability> can = EnumSet.noneOf(VolumeCapability.class);
    if (offer.has(Wire.EXPORT_SEND_TRIM)) can.add(VolumeCapability.TRIM);
    if (offer.has(Wire.EXPORT_SEND_WRITE_ZEROES)) can.add(VolumeCapability.ZERO);
    if (offer.has(Wire.EXPORT_SEND_CACHE)) can.add(VolumeCapability.CACHE);
    if (offer.allocation().isPresent()) can.add(VolumeCapability.EXTENTS);
    return Collections.unmodifiableSet(can);
  }

  /** What can be reached of it: a tail that is shorter than a block cannot. */
  static long sizeBytes(Offer offer) {
    return offer.sizeBytes() / offer.blockBytesMin() * offer.blockBytesMin();
  }

  @Override
  public VolumeInfo info() {
    return info;
  }

  @Override
  public long sizeBytes() {
    return info.sizeBytes();
  }

  @Override
  public Set<VolumeCapability> capabilities() {
    return capabilities;
  }

  @Override
  public void read(long offset, ByteBuffer target) {
    enter();
    try {
      int lengthBytes = target.remaining();
      Ranges.require(this, offset, lengthBytes);
      if (lengthBytes == 0) return;
      if (readAhead.isOff()) readPieces(offset, lengthBytes, List.of(Window.at(offset, target)));
      else readThrough(offset, target);
      target.position(target.limit());
    } finally {
      leave();
    }
  }

  /**
   * Reads the blocks that a range lies in, each byte straight to where it is wanted: many reads
   * wait for a server that is away, and what each holds beside its target adds up.
   */
  private void readPieces(long offset, int lengthBytes, List<Window> windows) {
    long begunNanos = System.nanoTime();
    long end = up(offset + lengthBytes);
    for (long at = down(offset); at < end; at += offer.payloadBytesMax()) {
      int bytes = (int) Math.min(offer.payloadBytesMax(), end - at);
      upstream.ask(Request.read(at, bytes, windows, begunNanos));
    }
  }

  private void readThrough(long offset, ByteBuffer target) {
    if (readAhead.answer(offset, target)) {
      observer.readAheadHit();
      return;
    }
    int lengthBytes = target.remaining();
    long ticket = readAhead.ask(offset, lengthBytes, sizeBytes());
    if (ticket != ReadAhead.AS_IT_IS && readDoubled(ticket, offset, target)) return;
    readPieces(offset, lengthBytes, List.of(Window.at(offset, target)));
  }

  /** Whether it worked; what fails may be the half that nobody asked for. */
  private boolean readDoubled(long ticket, long offset, ByteBuffer target) {
    int lengthBytes = target.remaining();
    long aheadOffset = offset + lengthBytes;
    try {
      ByteBuffer ahead = ByteBuffer.allocate(lengthBytes);
      readPieces(
          offset,
          2 * lengthBytes,
          List.of(Window.at(offset, target), Window.at(aheadOffset, ahead)));
      readAhead.keep(ticket, aheadOffset, ahead);
      return true;
    } catch (GatewayError.Failed | GatewayError.Invalid _) {
      return false;
    } finally {
      readAhead.ended();
    }
  }

  @Override
  public void write(long offset, ByteBuffer source) {
    write(offset, source, writesThrough());
  }

  @Override
  public void writeDurably(long offset, ByteBuffer source) {
    write(offset, source, true);
  }

  private void write(long offset, ByteBuffer source, boolean durably) {
    long begunNanos = System.nanoTime();
    change(
        offset,
        source.remaining(),
        durably,
        fua -> writePieces(offset, source.duplicate(), fua, begunNanos));
    source.position(source.limit());
  }

  private void writePieces(long offset, ByteBuffer source, boolean fua, long begunNanos) {
    long at = offset;
    while (source.hasRemaining()) {
      int bytes = Math.min(offer.payloadBytesMax(), source.remaining());
      upstream.ask(Request.write(at, source.slice(source.position(), bytes), fua, begunNanos));
      at += bytes;
      source.position(source.position() + bytes);
    }
  }

  /** Whether every change is durable before it returns. A server that has only FUA wants it so. */
  private boolean writesThrough() {
    boolean flush = offer.has(Wire.EXPORT_SEND_FLUSH);
    boolean fua = offer.has(Wire.EXPORT_SEND_FUA);
    return restarts == Restarts.WRITE_THROUGH ? fua || flush : fua && !flush;
  }

  @Override
  public void flush() {
    enter();
    try {
      if (!readAhead.isOff()) readAhead.forget();
      long toldBefore = told.get();
      if (offer.has(Wire.EXPORT_SEND_FLUSH)) upstream.ask(Request.of(Command.FLUSH, 0, 0, 0));
      else if (!offer.has(Wire.EXPORT_SEND_FUA) && !offer.has(Wire.EXPORT_READ_ONLY))
        throw neverDurable();
      if (restarts == Restarts.FAIL_FLUSH) tellDoubts(toldBefore);
    } finally {
      leave();
    }
  }

  /**
   * All who asked before the first of them was told are told: each may have been asked to flush.
   */
  private void tellDoubts(long toldBefore) {
    long doubts = upstream.doubts();
    if (doubts == toldBefore) return;
    told.accumulateAndGet(doubts, Math::max);
    String what =
        "upstream %s was lost with changes that it had answered and not flushed: they may be gone"
            .formatted(upstream.uri());
    observer.flushFailed(what);
    throw new GatewayError.Failed(Scope.REQUEST, what);
  }

  private GatewayError neverDurable() {
    return new GatewayError.Unsupported(
        "upstream %s offers neither FLUSH nor FUA: nothing there can be made durable"
            .formatted(upstream.uri()));
  }

  @Override
  public void trim(long offset, long lengthBytes) {
    long begin = up(offset);
    long end = down(offset + lengthBytes);
    enter();
    try {
      Ranges.require(this, offset, lengthBytes);
      if (!capabilities.contains(VolumeCapability.TRIM) || begin >= end) return;
      changeInPieces(Command.TRIM, 0, begin, end - begin);
    } finally {
      leave();
    }
  }

  @Override
  public void zero(long offset, long lengthBytes, ZeroMode mode) {
    if (!capabilities.contains(VolumeCapability.ZERO)) {
      Volume.super.zero(offset, lengthBytes, mode);
      return;
    }
    int flags = mode == ZeroMode.KEEP_SPACE ? Wire.CMD_FLAG_NO_HOLE : 0;
    changeInPieces(Command.WRITE_ZEROES, flags, offset, lengthBytes);
  }

  private void changeInPieces(Command command, int flags, long offset, long lengthBytes) {
    change(
        offset,
        lengthBytes,
        writesThrough(),
        fua -> {
          int all = flags | (fua ? Wire.CMD_FLAG_FUA : 0);
          long end = offset + lengthBytes;
          for (long at = offset; at < end; at += CHANGE_BYTES_MAX)
            upstream.ask(Request.of(command, all, at, (int) Math.min(CHANGE_BYTES_MAX, end - at)));
        });
  }

  /** The requests of a change, all with FUA or all without. */
  private interface Change {
    void ask(boolean fua);
  }

  private void change(long offset, long lengthBytes, boolean durably, Change change) {
    enter();
    try {
      Ranges.require(this, offset, lengthBytes);
      if (offer.has(Wire.EXPORT_READ_ONLY))
        throw new GatewayError.Denied("upstream %s is read-only there".formatted(upstream.uri()));
      if (!isAligned(offset, lengthBytes))
        throw new GatewayError.Invalid(
            "upstream %s takes multiples of %d bytes; %d bytes at %d are none"
                .formatted(upstream.uri(), offer.blockBytesMin(), lengthBytes, offset));
      readAhead.change();
      try {
        if (durably) changeDurably(change);
        else change.ask(false);
      } finally {
        readAhead.changed();
      }
    } finally {
      leave();
    }
  }

  /** Without FUA, a FLUSH covers the change only if its server was not lost in between. */
  private void changeDurably(Change change) {
    if (offer.has(Wire.EXPORT_SEND_FUA)) {
      change.ask(true);
      return;
    }
    if (!offer.has(Wire.EXPORT_SEND_FLUSH)) throw neverDurable();
    long before;
    do {
      before = upstream.doubts();
      change.ask(false);
      upstream.ask(Request.of(Command.FLUSH, 0, 0, 0));
    } while (upstream.doubts() != before);
  }

  @Override
  public void extents(long offset, long lengthBytes, Extent.Sink sink) {
    if (!capabilities.contains(VolumeCapability.EXTENTS)) {
      Volume.super.extents(offset, lengthBytes, sink);
      return;
    }
    enter();
    try {
      Ranges.require(this, offset, lengthBytes);
      if (!readAhead.isOff()) readAhead.forget();
      var found = new FoundExtents(offset, lengthBytes, sink);
      long end = up(offset + lengthBytes);
      for (long at = down(offset); at < end && found.wantsMore(); at = found.reached(at)) {
        int bytes = (int) Math.min(STATUS_BYTES_MAX, end - at);
        Request answer = upstream.ask(Request.of(Command.BLOCK_STATUS, 0, at, bytes));
        found.take(at, bytes, answer.status);
      }
      found.end();
    } finally {
      leave();
    }
  }

  @Override
  public void cache(long offset, long lengthBytes) {
    enter();
    try {
      Ranges.require(this, offset, lengthBytes);
      if (lengthBytes == 0 || !capabilities.contains(VolumeCapability.CACHE)) return;
      if (!readAhead.isOff()) readAhead.forget();
      long begin = down(offset);
      long bytes = Math.min(offer.payloadBytesMax(), up(offset + lengthBytes) - begin);
      upstream.ask(Request.of(Command.CACHE, 0, begin, (int) bytes)); // a hint: not all of it
    } finally {
      leave();
    }
  }

  private boolean isAligned(long offset, long lengthBytes) {
    return ((offset | lengthBytes) & (offer.blockBytesMin() - 1)) == 0;
  }

  private long down(long offset) {
    return offset & -offer.blockBytesMin();
  }

  private long up(long offset) {
    return down(offset + offer.blockBytesMin() - 1);
  }

  private void enter() {
    if (calls.incrementAndGet() > 0) return;
    leave();
    throw new IllegalStateException("volume %s is closed".formatted(info.name()));
  }

  private void leave() {
    if (calls.decrementAndGet() == CLOSED) idle.complete(true);
  }

  /** Calls that a server has finish; those that wait for one that is away end. */
  @Override
  public void close() {
    if (calls.getAndUpdate(count -> count | CLOSED) == 0) idle.complete(true);
    else if (!idle.isDone()) upstream.closing();
    idle.join();
    upstream.close();
    readAhead.forget();
    onClose.run();
  }
}
