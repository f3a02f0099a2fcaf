package dev.penstock.replication.flow;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import io.vertx.core.Context;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
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

  /** One that is taken, and one that was asked for. */
  private static final int PIECES = 2;

  private static final Duration ASK_AGAIN = Duration.ofSeconds(1);

  private final ReadStream<Buffer> body;
  private final Context context;
  private final String from;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final PieceMemory memory = new PieceMemory(PIECES);
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
    ByteBuffer piece = memory.next();
    while (!ahead.isEmpty() && piece.hasRemaining()) {
      Buffer one = ahead.removeFirst();
      int fits = Math.min(one.length(), piece.remaining());
      // Its bytes, not a copy of them.
      piece.put(((BufferInternal) one).getByteBuf().nioBuffer(0, fits));
      if (fits < one.length()) ahead.addFirst(one.slice(fits, one.length()));
      aheadBytes -= fits;
    }
    return piece.flip();
  }

  @Override
  public long position() {
    return 0;
  }

  @Override
  public void spent() {
    memory.spent();
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
