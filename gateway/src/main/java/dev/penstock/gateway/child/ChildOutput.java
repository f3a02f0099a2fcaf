package dev.penstock.gateway.child;

import io.vertx.core.Context;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What a child writes, a piece at a time: the next one is read when somebody has taken the last, so
 * that a child that nobody reads waits, and costs one piece of memory.
 *
 * <p><b>Threads.</b> One reads; handlers come on the context; the rest from any.
 */
final class ChildOutput implements ReadStream<Buffer> {
  /** As much as a pipe holds. */
  static final int PIECE_BYTES = 64 << 10;

  private final Context context;

  // All guarded by this.
  private @Nullable Handler<Buffer> handler;
  private @Nullable Handler<Void> endHandler;
  private @Nullable Buffer piece;
  private long demand = Long.MAX_VALUE;
  private boolean isEnded;
  private boolean isEndTold;
  private boolean isForgotten;

  ChildOutput(Context context) {
    this.context = context;
  }

  /** On a thread of its own, until the child closes its end. */
  void readAll(InputStream from) {
    byte[] bytes = new byte[PIECE_BYTES];
    try (from) {
      while (awaitDemand()) {
        int count = from.read(bytes);
        if (count < 0) break;
        if (!hand(Buffer.buffer(count).appendBytes(bytes, 0, count))) break;
      }
    } catch (IOException _) {
      // Its process was ended under it: there is no more.
    }
    ended();
  }

  /** Nothing is read ahead of whoever wants it. False if nobody ever will. */
  private synchronized boolean awaitDemand() {
    waitWhile(() -> handler == null || demand == 0);
    return !isForgotten;
  }

  private boolean hand(Buffer next) {
    synchronized (this) {
      if (isForgotten) return false;
      piece = next;
    }
    context.runOnContext(_ -> tell());
    synchronized (this) {
      waitWhile(() -> piece != null);
      return !isForgotten;
    }
  }

  private synchronized void waitWhile(BooleanSupplier so) {
    try {
      while (!isForgotten && so.getAsBoolean()) wait();
    } catch (InterruptedException _) {
      isForgotten = true; // nobody interrupts this thread but to end it
    }
  }

  /** There is no more to read. */
  void ended() {
    synchronized (this) {
      isEnded = true;
      if (endHandler == null) return; // one that comes later asks
    }
    context.runOnContext(_ -> tell());
  }

  /** Nobody reads any more: what was not taken is dropped, and it has ended for who listened. */
  void forget() {
    synchronized (this) {
      isForgotten = true;
      handler = null;
      piece = null;
      demand = Long.MAX_VALUE;
      notifyAll();
    }
    ended();
  }

  /** On the context: what is there, to whoever wants it. */
  private void tell() {
    Handler<Buffer> taker = null;
    Handler<Void> ender = null;
    Buffer taken = null;
    synchronized (this) {
      if (demand == 0) return;
      if (piece != null && handler != null) {
        if (demand < Long.MAX_VALUE) demand--;
        taker = handler;
        taken = piece;
        piece = null;
        notifyAll();
      } else if (piece == null && isEnded && !isEndTold && endHandler != null) {
        isEndTold = true;
        ender = endHandler;
        endHandler = null;
      }
    }
    if (taker != null && taken != null) taker.handle(taken);
    else if (ender != null) ender.handle(null);
  }

  @Override
  public ChildOutput exceptionHandler(@Nullable Handler<Throwable> unused) {
    return this; // a pipe that breaks has ended
  }

  @Override
  public ChildOutput handler(@Nullable Handler<Buffer> taker) {
    synchronized (this) {
      if (!isForgotten) handler = taker;
      notifyAll();
    }
    context.runOnContext(_ -> tell());
    return this;
  }

  @Override
  public ChildOutput endHandler(@Nullable Handler<Void> ender) {
    synchronized (this) {
      if (!isEndTold) endHandler = ender;
    }
    context.runOnContext(_ -> tell());
    return this;
  }

  @Override
  public synchronized ChildOutput pause() {
    if (!isForgotten) demand = 0;
    return this;
  }

  @Override
  public ChildOutput resume() {
    return fetch(Long.MAX_VALUE);
  }

  @Override
  public ChildOutput fetch(long amount) {
    if (amount < 0) throw new IllegalArgumentException("fetch " + amount);
    synchronized (this) {
      demand = demand + amount < 0 ? Long.MAX_VALUE : demand + amount;
      notifyAll();
    }
    context.runOnContext(_ -> tell());
    return this;
  }
}
