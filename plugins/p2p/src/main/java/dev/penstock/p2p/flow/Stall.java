package dev.penstock.p2p.flow;

import io.vertx.core.Vertx;
import java.time.Duration;

/**
 * Notices that the other side does nothing although it is waited for. Waits that are not its fault,
 * such as those for a slow reader, do not count.
 *
 * <p><b>Lifecycle.</b> {@link #close}, after which it notices nothing. <b>Threads.</b> One context.
 * Calls are cheap enough for each piece of a stream: a timer is set once per limit, not per call.
 */
public final class Stall {
  private static final long NO_TIMER = -1;

  private final Vertx vertx;
  private final Runnable stalled;
  private boolean waiting;
  private boolean closed;
  private long dueNanos;
  private long timer = NO_TIMER;
  private long timerAtNanos;

  /**
   * @param stalled runs at most once, on the context that waits
   */
  public Stall(Vertx vertx, Runnable stalled) {
    this.vertx = vertx;
    this.stalled = stalled;
  }

  /** From now on it has so long; said again, it has so long again. */
  public void waits(Duration limit) {
    if (closed) return;
    waiting = true;
    dueNanos = System.nanoTime() + limit.toNanos();
    if (timer != NO_TIMER && timerAtNanos - dueNanos > 0) {
      vertx.cancelTimer(timer);
      timer = NO_TIMER;
    }
    if (timer == NO_TIMER) arm();
  }

  /** Nobody waits for it. */
  public void rests() {
    waiting = false;
  }

  private void arm() {
    timerAtNanos = dueNanos;
    long millis = Duration.ofNanos(dueNanos - System.nanoTime()).toMillis();
    timer = vertx.setTimer(Math.max(1, millis + 1), _ -> look());
  }

  private void look() {
    timer = NO_TIMER;
    if (closed || !waiting) return;
    if (dueNanos - System.nanoTime() > 0) {
      arm();
      return;
    }
    close();
    stalled.run();
  }

  public void close() {
    closed = true;
    if (timer != NO_TIMER) vertx.cancelTimer(timer);
    timer = NO_TIMER;
  }
}
