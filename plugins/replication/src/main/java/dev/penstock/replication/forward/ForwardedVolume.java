package dev.penstock.replication.forward;

import dev.penstock.replication.flow.HttpLine.Answer;
import dev.penstock.replication.forward.ForwardLine.Call;
import dev.penstock.replication.forward.ForwardLine.Effect;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.volume.Extent;
import dev.penstock.spi.volume.Ranges;
import dev.penstock.spi.volume.Volume;
import dev.penstock.spi.volume.VolumeCapability;
import dev.penstock.spi.volume.VolumeInfo;
import dev.penstock.spi.volume.ZeroMode;
import io.vertx.core.buffer.Buffer;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A volume that was handed over, as those use it who were connected here: every call is asked of
 * its new owner. There is no fast path, and nothing is kept here.
 *
 * <p>For one client ({@link #forClient}) the calls go over connections of its own, and end with it.
 */
final class ForwardedVolume implements Volume {
  private static final Buffer NOTHING = Buffer.buffer();

  /** Zeroes and trims of a store that writes them take a while: each answer has its limit. */
  private static final long RANGE_BYTES_MAX = 256L << 20;

  /** Set in {@link #calls} once it is closed; the rest counts calls under way. */
  private static final int CLOSED = Integer.MIN_VALUE;

  private final Successor to;
  private final Described described;
  private final ForwardLine line;
  private final boolean ofOneClient;

  /** Up to which of {@link Unflushed#doubts} this client was told. */
  private final AtomicLong told;

  private final AtomicInteger calls = new AtomicInteger();
  private final CompletableFuture<Boolean> idle = new CompletableFuture<>();

  /** As it was when it was opened. */
  record Described(VolumeInfo info, Set<VolumeCapability> capabilities) {}

  private ForwardedVolume(
      Successor to, Described described, ForwardLine line, boolean ofOneClient) {
    this.to = to;
    this.described = described;
    this.line = line;
    this.ofOneClient = ofOneClient;
    this.told = new AtomicLong(to.unflushed().doubts());
  }

  /** What all clients share, and close last. */
  ForwardedVolume(Successor to, Described described) {
    this(to, described, to.line(), false);
  }

  @Override
  public Volume forClient() {
    return new ForwardedVolume(to, described, to.line(), true);
  }

  @Override
  public VolumeInfo info() {
    return described.info();
  }

  @Override
  public long sizeBytes() {
    return described.info().sizeBytes();
  }

  @Override
  public Set<VolumeCapability> capabilities() {
    return described.capabilities();
  }

  @Override
  public Optional<String> declines() {
    return to.declines();
  }

  @Override
  public void read(long offset, ByteBuffer target) {
    enter(offset, target.remaining());
    try {
      for (long at = offset; target.hasRemaining(); ) {
        int bytes = Math.min(target.remaining(), ForwardApi.PIECE_BYTES_MAX);
        Answer answer = ask("GET", ForwardApi.BYTES, range(at, bytes), NOTHING, Effect.NONE);
        if (answer.body().length() != bytes)
          throw new GatewayError.Failed(
              Scope.REQUEST,
              "a read of %d bytes was answered with %d".formatted(bytes, answer.body().length()));
        target.put(answer.body().getBytes());
        at += bytes;
      }
    } finally {
      leave();
    }
  }

  @Override
  public void write(long offset, ByteBuffer source) {
    write(offset, source, "", Effect.CHANGE);
  }

  @Override
  public void writeDurably(long offset, ByteBuffer source) {
    write(offset, source, "&durable=true", Effect.DURABLE_CHANGE);
  }

  private void write(long offset, ByteBuffer source, String more, Effect effect) {
    enter(offset, source.remaining());
    try {
      for (long at = offset; source.hasRemaining(); ) {
        byte[] piece = new byte[Math.min(source.remaining(), ForwardApi.PIECE_BYTES_MAX)];
        source.get(piece);
        ask("PUT", ForwardApi.BYTES, "?offset=" + at + more, Buffer.buffer(piece), effect);
        at += piece.length;
      }
    } finally {
      leave();
    }
  }

  @Override
  public void trim(long offset, long lengthBytes) {
    inRanges(ForwardApi.TRIM, offset, lengthBytes, "");
  }

  @Override
  public void zero(long offset, long lengthBytes, ZeroMode mode) {
    inRanges(ForwardApi.ZERO, offset, lengthBytes, "&mode=" + Wording.word(mode));
  }

  private void inRanges(String what, long offset, long lengthBytes, String more) {
    enter(offset, lengthBytes);
    try {
      long end = offset + lengthBytes;
      for (long at = offset; at < end; at += RANGE_BYTES_MAX)
        ask(
            "POST",
            what,
            range(at, Math.min(end - at, RANGE_BYTES_MAX)) + more,
            NOTHING,
            Effect.CHANGE);
    } finally {
      leave();
    }
  }

  /**
   * {@link GatewayError.Failed}, once for each client, if the process there is another than the one
   * that carried out changes which were not flushed: perhaps its machine has lost them.
   */
  @Override
  public void flush() {
    enter(0, 0);
    try {
      long toldBefore = told.get();
      long before = to.unflushed().asked();
      ask("POST", ForwardApi.FLUSH, "", NOTHING, Effect.NONE);
      to.unflushed().flushed(before);
      long doubts = to.unflushed().doubts();
      told.accumulateAndGet(doubts, Math::max);
      if (doubts > toldBefore) // all who asked before the first was told
      throw new GatewayError.Failed(
            Scope.REQUEST,
            "the gateway that has volume %s was started again, and had carried out changes that were not flushed: they may be gone"
                .formatted(to.volume()));
    } finally {
      leave();
    }
  }

  @Override
  public void extents(long offset, long lengthBytes, Extent.Sink sink) {
    enter(offset, lengthBytes);
    try {
      if (!described.capabilities().contains(VolumeCapability.EXTENTS)) {
        Volume.super.extents(offset, lengthBytes, sink);
        return;
      }
      var joined = new JoinedExtents(offset, sink);
      long end = offset + lengthBytes;
      while (joined.endOffset() < end && joined.wantsMore()) {
        long at = joined.endOffset();
        Answer answer = ask("GET", ForwardApi.EXTENTS, range(at, end - at), NOTHING, Effect.NONE);
        Wording.extents(answer.body(), end - at).forEach(joined::add);
      }
      joined.end();
    } finally {
      leave();
    }
  }

  private Answer ask(String method, String what, String query, Buffer body, Effect effect) {
    return line.ask(new Call(method, what, query, body, effect), to.settings().patience());
  }

  private static String range(long offset, long lengthBytes) {
    return "?offset=%d&length=%d".formatted(offset, lengthBytes);
  }

  private void enter(long offset, long lengthBytes) {
    if (calls.incrementAndGet() <= 0) {
      leave();
      throw new IllegalStateException("volume %s is closed".formatted(to.volume()));
    }
    try {
      Ranges.require(this, offset, lengthBytes);
    } catch (GatewayError outside) {
      leave();
      throw outside;
    }
  }

  private void leave() {
    if (calls.decrementAndGet() == CLOSED) idle.complete(true);
  }

  /** For one client: breaks its calls off. For all: waits for those under way. */
  @Override
  public void close() {
    if (calls.getAndUpdate(count -> count | CLOSED) == 0) idle.complete(true);
    if (ofOneClient) {
      to.end(line);
      return;
    }
    idle.join();
    to.close();
  }
}
