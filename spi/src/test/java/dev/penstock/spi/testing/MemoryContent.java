package dev.penstock.spi.testing;

import dev.penstock.spi.content.Content;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import org.jspecify.annotations.Nullable;

/** Content in memory, which comes in pieces. Threads: one at a time. */
public final class MemoryContent implements Content {
  private static final int PIECE_BYTES = 64 << 10;

  private final byte[] bytes;
  private final Pieces pieces = new Pieces();
  private final Runnable closed;
  private boolean isClosed;

  /**
   * @param closed runs once, when it is closed
   */
  public MemoryContent(byte[] bytes, Runnable closed) {
    this.bytes = bytes.clone();
    this.closed = closed;
  }

  @Override
  public long lengthBytes() {
    return bytes.length;
  }

  @Override
  public ReadStream<Buffer> bytes() {
    return pieces;
  }

  @Override
  public void close() {
    if (isClosed) return;
    isClosed = true;
    closed.run();
  }

  private final class Pieces implements ReadStream<Buffer> {
    private @Nullable Handler<Buffer> handler;
    private @Nullable Handler<Void> endHandler;
    private long demand = Long.MAX_VALUE;
    private int at;
    private boolean isFlowing;
    private boolean isEnded;

    @Override
    public ReadStream<Buffer> handler(@Nullable Handler<Buffer> to) {
      handler = to;
      return flow();
    }

    @Override
    public ReadStream<Buffer> pause() {
      demand = 0;
      return this;
    }

    @Override
    public ReadStream<Buffer> resume() {
      return fetch(Long.MAX_VALUE);
    }

    @Override
    public ReadStream<Buffer> fetch(long amount) {
      demand = demand + amount < 0 ? Long.MAX_VALUE : demand + amount;
      return flow();
    }

    @Override
    public ReadStream<Buffer> endHandler(@Nullable Handler<Void> to) {
      endHandler = to;
      return flow();
    }

    @Override
    public ReadStream<Buffer> exceptionHandler(@Nullable Handler<Throwable> to) {
      return this;
    }

    private ReadStream<Buffer> flow() {
      if (isFlowing) return this;
      isFlowing = true;
      while (!isClosed && handler != null && demand > 0 && at < bytes.length) {
        if (demand != Long.MAX_VALUE) demand--;
        int count = Math.min(PIECE_BYTES, bytes.length - at);
        Buffer piece = Buffer.buffer(count).appendBytes(bytes, at, count);
        at += count;
        handler.handle(piece);
      }
      isFlowing = false;
      boolean isDone = at == bytes.length && demand > 0 && handler != null;
      if (isDone && !isEnded && !isClosed && endHandler != null) {
        isEnded = true;
        endHandler.handle(null);
      }
      return this;
    }
  }
}
