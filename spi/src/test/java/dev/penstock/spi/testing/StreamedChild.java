package dev.penstock.spi.testing;

import dev.penstock.spi.process.Child;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import io.vertx.core.streams.WriteStream;
import java.util.Deque;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * A child that is both of its streams: what it says waits for whoever reads, what it reads never
 * fills up. Its readers are on its context; {@link #says}, {@link #unread} and {@link #onContext}
 * may be called anywhere.
 */
abstract class StreamedChild implements Child, ReadStream<Buffer>, WriteStream<Buffer> {
  private final Context context;
  private final Promise<Exit> exit = Promise.promise();
  private final Deque<Buffer> waiting = new ConcurrentLinkedDeque<>();
  private boolean paused;
  private boolean ended;
  private @Nullable Handler<Buffer> handler;
  private @Nullable Handler<Void> endHandler;

  StreamedChild(Context context) {
    this.context = context;
  }

  /** Somebody reads, and there is nothing that waits. */
  void wanted() {}

  public void says(Buffer bytes) {
    waiting.add(bytes);
    onContext(this::hand);
  }

  /** Says no more, after what it said. On its context. */
  void endsOutput() {
    ended = true;
    hand();
  }

  void exits(Exit how) {
    onContext(() -> exit.tryComplete(how));
  }

  /** How often it has said something that nobody has read. */
  public int unread() {
    return waiting.size();
  }

  void onContext(Runnable work) {
    try {
      context.runOnContext(_ -> work.run());
    } catch (RejectedExecutionException _) {
      // Nobody waits any more: the test is over.
    }
  }

  private void hand() {
    while (!paused && handler != null && !waiting.isEmpty()) handler.handle(waiting.remove());
    if (paused || !waiting.isEmpty()) return;
    if (!ended && handler != null) wanted();
    if (ended && endHandler != null) {
      Handler<Void> last = endHandler;
      endHandler = null;
      last.handle(null);
    }
  }

  @Override
  public final ReadStream<Buffer> stdout() {
    return this;
  }

  @Override
  public final WriteStream<Buffer> stdin() {
    return this;
  }

  @Override
  public final Future<Exit> exited() {
    return exit.future();
  }

  @Override
  public StreamedChild handler(@Nullable Handler<Buffer> handler) {
    this.handler = handler;
    hand();
    return this;
  }

  @Override
  public StreamedChild pause() {
    paused = true;
    return this;
  }

  @Override
  public StreamedChild resume() {
    paused = false;
    onContext(this::hand);
    return this;
  }

  @Override
  public StreamedChild fetch(long amount) {
    return resume();
  }

  @Override
  public StreamedChild endHandler(@Nullable Handler<Void> handler) {
    endHandler = handler;
    return this;
  }

  @Override
  public StreamedChild exceptionHandler(@Nullable Handler<Throwable> handler) {
    return this;
  }

  @Override
  public StreamedChild setWriteQueueMaxSize(int maxSize) {
    return this;
  }

  @Override
  public boolean writeQueueFull() {
    return false;
  }

  @Override
  public StreamedChild drainHandler(@Nullable Handler<Void> handler) {
    return this;
  }
}
