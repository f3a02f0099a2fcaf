package dev.penstock.p2p.flow;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * How much may be under way at once. What comes beyond waits in a queue, not on a thread; whoever
 * wants several gets them all at once, so nobody waits while holding some.
 *
 * <p><b>Lifecycle.</b> Each {@link Permit} is given back by whoever got it. <b>Threads.</b> Any; an
 * answer comes on the context that asked. <b>Errors.</b> {@link GatewayError.Unavailable} at once
 * if the queue is full, and to one that waited too long.
 */
public final class Permits {
  private static final Duration ASK_AGAIN = Duration.ofSeconds(1);

  private final Vertx vertx;
  private final String what;
  private final int atOnce;
  private final int waitingMax;
  private final Duration waitLimit;

  /** The first is served first, even if a later one would fit: else one of many never were. */
  private final LinkedHashSet<Waiting> queue = new LinkedHashSet<>(); // guarded by this

  private int free; // guarded by this

  /**
   * @param what they are for, in the plural, for messages
   */
  public Permits(Vertx vertx, String what, int atOnce, int waitingMax, Duration waitLimit) {
    this.vertx = vertx;
    this.what = what;
    this.atOnce = atOnce;
    this.waitingMax = waitingMax;
    this.waitLimit = waitLimit;
    this.free = atOnce;
  }

  /** What somebody holds of them. Threads: any. */
  public final class Permit implements AutoCloseable {
    private final AtomicInteger held;

    private Permit(int held) {
      this.held = new AtomicInteger(held);
    }

    /** Gives one of several back. */
    public void giveBackOne() {
      if (held.getAndUpdate(count -> Math.max(0, count - 1)) > 0) returned(1);
    }

    /** Gives back what is left. Harmless twice. */
    @Override
    public void close() {
      returned(held.getAndSet(0));
    }
  }

  private record Waiting(Home asking, int count, Promise<Permit> promise) {
    @Override
    public boolean equals(Object other) {
      return this == other;
    }

    @Override
    public int hashCode() {
      return System.identityHashCode(this);
    }
  }

  /**
   * @param count one that asks for more than there are gets all of them
   */
  public Future<Permit> acquire(int count) {
    var waiting = new Waiting(Home.here(vertx), Math.min(count, atOnce), Promise.promise());
    synchronized (this) {
      if (queue.isEmpty() && free >= waiting.count()) {
        free -= waiting.count();
        return Future.succeededFuture(new Permit(waiting.count()));
      }
      if (queue.size() >= waitingMax) return Future.failedFuture(busy());
      queue.add(waiting);
    }
    long timer = vertx.setTimer(waitLimit.toMillis(), _ -> waitedTooLong(waiting));
    return waiting
        .asking()
        .answer(waiting.promise().future().onComplete(_ -> vertx.cancelTimer(timer)));
  }

  /** One, if nobody has to wait for it. */
  public synchronized Optional<Permit> tryAcquire() {
    if (free == 0 || !queue.isEmpty()) return Optional.empty();
    free--;
    return Optional.of(new Permit(1));
  }

  private void waitedTooLong(Waiting waiting) {
    boolean waits;
    synchronized (this) {
      waits = queue.remove(waiting);
    }
    if (waits) {
      waiting.promise().fail(busy());
      returned(0); // it may have stood before smaller ones
    }
  }

  private void returned(int count) {
    List<Waiting> served = new ArrayList<>();
    synchronized (this) {
      free += count;
      while (!queue.isEmpty() && queue.getFirst().count() <= free) {
        Waiting next = queue.removeFirst();
        free -= next.count();
        served.add(next);
      }
    }
    for (Waiting next : served) next.promise().complete(new Permit(next.count()));
  }

  /** How many are with somebody, for metrics and tests. */
  public synchronized int underWay() {
    return atOnce - free;
  }

  /** How many wait, for metrics and tests. */
  public synchronized int waiting() {
    return queue.size();
  }

  private GatewayError busy() {
    return new GatewayError.Unavailable(
        Scope.MODULE,
        ASK_AGAIN,
        "%d %s are under way, as many as may be, and others wait: try again later"
            .formatted(atOnce, what));
  }
}
