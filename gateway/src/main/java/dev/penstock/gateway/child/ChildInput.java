package dev.penstock.gateway.child;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.WriteStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * What a child reads.
 *
 * <p><b>Threads.</b> One writes; handlers and results come on the context; the rest from any.
 */
final class ChildInput implements WriteStream<Buffer> {
  /**
   * What may wait until whoever writes should; more is taken, and a stream that asks first is not.
   */
  static final int QUEUE_BYTES = 256 << 10;

  private static final class Waiting {
    private final Buffer bytes;
    private final boolean isEnd;
    private final Promise<Void> written = Promise.promise();

    Waiting(Buffer bytes, boolean isEnd) {
      this.bytes = bytes;
      this.isEnd = isEnd;
    }
  }

  private final Context context;
  private final String program;

  // All guarded by this.
  private final Queue<Waiting> queue = new ArrayDeque<>();
  private int queueBytesMax = QUEUE_BYTES;
  private long queuedBytes;
  private boolean isEnding;
  private boolean isBroken;

  /** Somebody was told to wait, and not yet to go on. */
  private boolean isAwaited;

  private @Nullable Handler<Void> drainHandler;
  private @Nullable Handler<Throwable> exceptionHandler;

  ChildInput(Context context, String program) {
    this.context = context;
    this.program = program;
  }

  /** On a thread of its own, until the end. */
  void writeAll(OutputStream to) {
    try (to) {
      boolean more = true;
      while (more) {
        Optional<Waiting> next = next();
        if (next.isEmpty()) return;
        to.write(next.get().bytes.getBytes());
        if (queueIsEmpty()) to.flush();
        more = !next.get().isEnd;
        if (!more) to.close(); // before it is said to be
        done(next.get());
      }
    } catch (IOException _) {
      broken();
    }
  }

  private synchronized boolean queueIsEmpty() {
    return queue.size() <= 1;
  }

  /** Stays in the queue until it is written, so that a break finds it there. */
  private synchronized Optional<Waiting> next() {
    while (queue.isEmpty() && !isBroken)
      try {
        wait();
      } catch (InterruptedException _) {
        return Optional.empty();
      }
    return Optional.ofNullable(queue.peek());
  }

  private void done(Waiting one) {
    synchronized (this) {
      if (!queue.remove(one)) return; // it was told that nobody reads it
      queuedBytes -= one.bytes.length();
    }
    context.runOnContext(_ -> {
      one.written.complete();
      tellDrained();
    });
  }

  /**
   * On the context: who was told to wait goes on. Asked for after each piece, and when there is a
   * new handler: the queue may have emptied between the question and the handler.
   */
  private void tellDrained() {
    Handler<Void> drained;
    synchronized (this) {
      if (!isAwaited || drainHandler == null || queuedBytes > queueBytesMax / 2) return;
      isAwaited = false;
      drained = drainHandler;
    }
    drained.handle(null);
  }

  /** The child reads no more: it has ended, or has closed its end. */
  void broken() {
    List<Waiting> unwritten;
    Optional<Handler<Throwable>> told;
    synchronized (this) {
      if (isBroken) return;
      isBroken = true;
      unwritten = new ArrayList<>(queue);
      queue.clear();
      told = queuedBytes == 0 ? Optional.empty() : Optional.ofNullable(exceptionHandler);
      queuedBytes = 0;
      exceptionHandler = null;
      notifyAll();
    }
    context.runOnContext(_ -> {
      unwritten.forEach(this::unread);
      told.ifPresent(handler -> handler.handle(unread()));
      tellDrained(); // the next write says what is the matter
    });
  }

  /** Its end is no loss: a child may have ended of it before we knew that it was closed. */
  private void unread(Waiting one) {
    if (one.isEnd) one.written.complete();
    else one.written.fail(unread());
  }

  private GatewayError unread() {
    return new GatewayError.Failed(
        Scope.CONNECTION, "%s reads no more: it has ended or closed its input".formatted(program));
  }

  @Override
  public Future<Void> write(Buffer bytes) {
    return add(new Waiting(bytes, false));
  }

  @Override
  public Future<Void> end() {
    return add(new Waiting(Buffer.buffer(), true));
  }

  private synchronized Future<Void> add(Waiting one) {
    if (isEnding) return Future.failedFuture(new IllegalStateException("its input was ended"));
    if (isBroken) return one.isEnd ? Future.succeededFuture() : Future.failedFuture(unread());
    isEnding = one.isEnd;
    queue.add(one);
    queuedBytes += one.bytes.length();
    notifyAll();
    return one.written.future();
  }

  @Override
  public synchronized ChildInput setWriteQueueMaxSize(int bytesMax) {
    queueBytesMax = bytesMax;
    return this;
  }

  @Override
  public synchronized boolean writeQueueFull() {
    boolean isFull = queuedBytes >= queueBytesMax;
    isAwaited |= isFull;
    return isFull;
  }

  @Override
  public ChildInput drainHandler(@Nullable Handler<Void> handler) {
    synchronized (this) {
      drainHandler = handler;
    }
    if (handler != null) context.runOnContext(_ -> tellDrained());
    return this;
  }

  @Override
  public synchronized ChildInput exceptionHandler(@Nullable Handler<Throwable> handler) {
    exceptionHandler = handler;
    return this;
  }
}
