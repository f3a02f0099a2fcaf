package dev.penstock.replication.flow;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import io.vertx.core.Context;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The body of a request or an answer, as it comes in. Whoever sends is held back while {@link
 * #AHEAD_BYTES_MAX} wait here.
 *
 * <p><b>Threads.</b> Made on the context of the stream; read on the thread of a task.
 */
public final class BodyReader implements Bytes {
  /** Two pieces: one is written while the other comes. */
  private static final int AHEAD_BYTES_MAX = 2 << 20;

  private static final int PIECE_BYTES_MAX = 1 << 20;
  private static final Duration ASK_AGAIN = Duration.ofSeconds(1);

  private final ReadStream<Buffer> body;
  private final Context context;
  private final String from;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Deque<Buffer> ahead = new ArrayDeque<>();
  private int aheadBytes;
  private boolean held;
  private boolean ended;
  private Optional<Throwable> failure = Optional.empty();

  /**
   * Begins to read.
   *
   * @param from whom, for messages
   */
  public BodyReader(ReadStream<Buffer> body, Context context, String from) {
    this.body = body;
    this.context = context;
    this.from = from;
    body.handler(this::came).endHandler(_ -> end(Optional.empty())).exceptionHandler(this::broke);
  }

  private void came(Buffer bytes) {
    lock.lock();
    try {
      if (ended) return; // nobody reads it any more
      ahead.addLast(bytes);
      aheadBytes += bytes.length();
      if (aheadBytes >= AHEAD_BYTES_MAX && !held) {
        held = true;
        body.pause();
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void broke(Throwable why) {
    end(Optional.of(why));
  }

  private void end(Optional<Throwable> why) {
    lock.lock();
    try {
      if (!ended) failure = why;
      ended = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public Optional<ByteBuffer> next() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (ahead.isEmpty() && !ended) changed.await();
      if (failure.isPresent())
        throw new GatewayError.Unavailable(
            Scope.CONNECTION,
            ASK_AGAIN,
            "the connection to %s broke: %s".formatted(from, failure.get().getMessage()),
            failure.get());
      if (ahead.isEmpty()) return Optional.empty();
      ByteBuffer piece = piece();
      if (held && aheadBytes < AHEAD_BYTES_MAX / 2) {
        held = false;
        context.runOnContext(_ -> body.resume());
      }
      return Optional.of(piece);
    } finally {
      lock.unlock();
    }
  }

  /** All that is here, up to a piece. */
  private ByteBuffer piece() {
    int bytes = 0;
    int buffers = 0;
    for (Buffer one : ahead) {
      if (buffers > 0 && bytes + one.length() > PIECE_BYTES_MAX) break;
      bytes += one.length();
      buffers++;
    }
    byte[] piece = new byte[bytes];
    int at = 0;
    for (int i = 0; i < buffers; i++) {
      Buffer one = ahead.removeFirst();
      one.getBytes(piece, at);
      at += one.length();
    }
    aheadBytes -= bytes;
    return ByteBuffer.wrap(piece);
  }

  @Override
  public long position() {
    return 0;
  }

  /** What still comes is thrown away. */
  @Override
  public void close() {
    lock.lock();
    try {
      ended = true;
      ahead.clear();
      aheadBytes = 0;
      if (held) context.runOnContext(_ -> body.resume());
      held = false;
    } finally {
      lock.unlock();
    }
  }
}
