package dev.penstock.p2p.annex;

import dev.penstock.p2p.disk.OpenFile;
import dev.penstock.p2p.flow.MemoryShares;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.content.KeyStoreContext;
import io.vertx.core.AsyncResult;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A part of a file as a stream: read on workers, a piece ahead of whoever takes it; without a share
 * of the memory for that, in small pieces and none ahead.
 *
 * <p><b>Threads.</b> One context.
 */
final class FileStream implements ReadStream<Buffer> {
  /** What a worker reads at a time. With the piece ahead, a stream has twice as much at most. */
  static final int PIECE_BYTES = 256 << 10;

  /** Of all streams: a share is for two pieces. */
  private static final MemoryShares SHARES = new MemoryShares((32 << 20) / (2 * PIECE_BYTES));

  static final int SMALL_PIECE_BYTES = 8 << 10;

  private final KeyStoreContext host;
  private final MemoryShares shares;
  private final OpenFile file;
  private long at;
  private long leftBytes;
  private long demand = Long.MAX_VALUE;
  private boolean isReading;
  private boolean isFlowing;
  private boolean isOver;
  private boolean hasShare;
  private Optional<Buffer> ready = Optional.empty();
  private @Nullable Handler<Buffer> handler;
  private @Nullable Handler<Void> endHandler;
  private @Nullable Handler<Throwable> exceptionHandler;

  FileStream(KeyStoreContext host, OpenFile file, long offset, long lengthBytes) {
    this(host, SHARES, file, offset, lengthBytes);
  }

  FileStream(
      KeyStoreContext host, MemoryShares shares, OpenFile file, long offset, long lengthBytes) {
    this.host = host;
    this.shares = shares;
    this.file = file;
    this.at = offset;
    this.leftBytes = lengthBytes;
  }

  @Override
  public FileStream handler(@Nullable Handler<Buffer> to) {
    handler = to;
    flow();
    return this;
  }

  @Override
  public FileStream pause() {
    demand = 0;
    return this;
  }

  @Override
  public FileStream resume() {
    return fetch(Long.MAX_VALUE);
  }

  @Override
  public FileStream fetch(long amount) {
    demand = demand + amount < 0 ? Long.MAX_VALUE : demand + amount;
    flow();
    return this;
  }

  @Override
  public FileStream endHandler(@Nullable Handler<Void> to) {
    endHandler = to;
    flow();
    return this;
  }

  @Override
  public FileStream exceptionHandler(@Nullable Handler<Throwable> to) {
    exceptionHandler = to;
    return this;
  }

  /** Nothing comes any more. */
  void stop() {
    isOver = true;
    ready = Optional.empty();
    if (hasShare) shares.giveBack(1);
    hasShare = false;
  }

  /** Gives what is there, and reads on. What is read at once must not overtake what is given. */
  private void flow() {
    if (isFlowing) return;
    isFlowing = true;
    try {
      while (!isOver && handler != null && demand > 0 && step(handler)) {
        // the next piece
      }
    } finally {
      isFlowing = false;
    }
  }

  /** Whether there may be more at once. */
  private boolean step(Handler<Buffer> to) {
    if (ready.isEmpty()) {
      if (leftBytes > 0) read();
      else if (endHandler != null) end(endHandler);
      return ready.isPresent();
    }
    Buffer piece = ready.get();
    ready = Optional.empty();
    if (demand != Long.MAX_VALUE) demand--;
    if (leftBytes > 0 && hasShare) read();
    to.handle(piece);
    return true;
  }

  private void read() {
    if (isReading) return;
    isReading = true;
    if (!hasShare) hasShare = shares.take();
    int length = (int) Math.min(hasShare ? PIECE_BYTES : SMALL_PIECE_BYTES, leftBytes);
    long from = at;
    host.run(() -> piece(from, length)).onComplete(this::came);
  }

  private Buffer piece(long from, int length) {
    ByteBuffer into = ByteBuffer.allocate(length);
    if (file.read(into, from) < length)
      throw new GatewayError.Damaged(
          "the content ends at %d: somebody has shortened it".formatted(from + into.position()));
    return Buffer.buffer(into.array());
  }

  private void came(AsyncResult<Buffer> read) {
    isReading = false;
    if (isOver) return;
    if (read.failed()) {
      stop();
      if (exceptionHandler != null) exceptionHandler.handle(read.cause());
      return;
    }
    at += read.result().length();
    leftBytes -= read.result().length();
    ready = Optional.of(read.result());
    flow();
  }

  private void end(Handler<Void> to) {
    stop();
    to.handle(null);
  }
}
