package dev.penstock.p2p.flow;

import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The reader's half of a stream: pieces wait here until somebody takes them, then comes the end or
 * what it failed with. Where the pieces come from is up to the source, which extends it.
 *
 * <p><b>Lifecycle.</b> Nothing is handed out before there is a handler, nor without demand; an end
 * that nobody listens for waits. {@link #stop} ends it at any time; no handler is called after
 * that. <b>Threads.</b> One context.
 */
public abstract class PieceStream implements ReadStream<Buffer> {
  private final Deque<Buffer> waiting = new ArrayDeque<>();
  private long demand = Long.MAX_VALUE;
  private boolean isHandingOut;
  private boolean isWhole;
  private boolean isOver;
  private Optional<Throwable> failure = Optional.empty();
  private @Nullable Handler<Buffer> handler;
  private @Nullable Handler<Void> endHandler;
  private @Nullable Handler<Throwable> exceptionHandler;

  /** Somebody would take a piece, and there is none. Told again and again. */
  protected void wanted() {}

  /** Somebody takes this piece now. */
  protected void leaves(Buffer piece) {}

  /** Nothing is handed out any more: it has ended, failed or was stopped. Told once. */
  protected void over() {}

  protected final void add(Buffer piece) {
    if (isOver) return;
    waiting.add(piece);
    handOut();
  }

  /** Nothing more is added. */
  protected final void end() {
    isWhole = true;
    handOut();
  }

  /** As {@link #end}, but it was not to end here. */
  protected final void fail(Throwable why) {
    failure = Optional.of(why);
    end();
  }

  /** Nothing comes any more, not even what waits. Harmless twice, and after the end. */
  public final void stop() {
    if (isOver) return;
    isOver = true;
    waiting.clear();
    over();
  }

  /** Not in itself: a handler that asks for more is called again by the call that called it. */
  private void handOut() {
    if (isHandingOut) return;
    isHandingOut = true;
    try {
      while (!isOver && handler != null && demand > 0 && step(handler)) {
        // the next piece
      }
    } finally {
      isHandingOut = false;
    }
  }

  /** Whether there may be more at once. */
  private boolean step(Handler<Buffer> to) {
    if (waiting.isEmpty()) {
      if (isWhole) finish();
      else wanted();
      return !waiting.isEmpty();
    }
    Buffer piece = waiting.remove();
    if (demand != Long.MAX_VALUE) demand--;
    leaves(piece);
    to.handle(piece);
    return true;
  }

  private void finish() {
    if (failure.isPresent()) {
      stop();
      if (exceptionHandler != null) exceptionHandler.handle(failure.get());
    } else if (endHandler != null) {
      stop();
      endHandler.handle(null);
    }
  }

  @Override
  public PieceStream handler(@Nullable Handler<Buffer> to) {
    handler = to;
    handOut();
    return this;
  }

  @Override
  public final PieceStream pause() {
    demand = 0;
    return this;
  }

  @Override
  public final PieceStream resume() {
    return fetch(Long.MAX_VALUE);
  }

  @Override
  public final PieceStream fetch(long amount) {
    demand = demand + amount < 0 ? Long.MAX_VALUE : demand + amount;
    handOut();
    return this;
  }

  @Override
  public final PieceStream endHandler(@Nullable Handler<Void> to) {
    endHandler = to;
    handOut();
    return this;
  }

  @Override
  public final PieceStream exceptionHandler(@Nullable Handler<Throwable> to) {
    exceptionHandler = to;
    return this;
  }
}
