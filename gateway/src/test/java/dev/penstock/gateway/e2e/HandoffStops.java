package dev.penstock.gateway.e2e;

import dev.penstock.gateway.e2e.HandoffFault.Point;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Where the conversation of two gateways stops next, and what stands there until a test says how it
 * goes on.
 *
 * <p><b>Threads.</b> {@link #reached} is for those of the lines, which wait; the rest is the
 * test's.
 */
final class HandoffStops {
  private final BooleanSupplier frozen;
  private Optional<Point> armed = Optional.empty();
  private final BlockingQueue<Held> held = new LinkedBlockingQueue<>();

  /**
   * @param frozen whether clients wait for the end of a hand-over just now
   */
  HandoffStops(BooleanSupplier frozen) {
    this.frozen = frozen;
  }

  /** A request or an answer that does not go on by itself. */
  static final class Held {
    private final Runnable again;
    private final CompletableFuture<Boolean> passes = new CompletableFuture<>();

    private Held(Runnable again) {
      this.again = again;
    }

    /** Whether it goes on; else its connection is cut. Waits for the test. */
    boolean passes() {
      return passes.join();
    }

    void pass() {
      passes.complete(true);
    }

    void drop() {
      passes.complete(false);
    }

    /** Brings a message to the other side once more; a stream belongs to its connection. */
    void again() {
      again.run();
    }
  }

  boolean isFrozen() {
    return frozen.getAsBoolean();
  }

  /** The next that comes to this point stops there, and nothing after it. */
  synchronized void arm(Point point) {
    armed = Optional.of(point);
  }

  synchronized Optional<Held> reached(Point here, Runnable again) {
    if (!armed.equals(Optional.of(here))) return Optional.empty();
    armed = Optional.empty();
    var one = new Held(again);
    held.add(one);
    return Optional.of(one);
  }

  /** What has stopped since this was asked last; waits for it, for so long. */
  Optional<Held> take(long limitMillis) throws InterruptedException {
    return Optional.ofNullable(held.poll(limitMillis, TimeUnit.MILLISECONDS));
  }
}
