package dev.penstock.spi.testing;

import dev.penstock.spi.GatewayError;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * What goes wrong in a {@link MemoryVolume}, and what was asked of it. Faults are injected before a
 * call does anything: a call that fails has changed nothing, and one that is held has not begun to.
 *
 * <p><b>Threads.</b> Any.
 */
public final class Faults {
  /** The calls of a volume that can be counted, held and failed. */
  public enum Call {
    READ,
    WRITE,
    FLUSH,
    TRIM,
    ZERO,
    EXTENTS,
    CHANGES,
    CACHE,
    RESIZE
  }

  private static final Duration AWAIT_LIMIT = Duration.ofSeconds(20);

  private final Map<Call, Long> begun = new EnumMap<>(Call.class);
  private final Map<Call, Supplier<? extends RuntimeException>> failing = new EnumMap<>(Call.class);
  private final Map<Call, Integer> failures = new EnumMap<>(Call.class);
  private final Map<Call, Hold> holds = new EnumMap<>(Call.class);
  private long freeBytes = Long.MAX_VALUE;
  private boolean missing;

  Faults() {}

  /** From now on every such call fails, with an error of its own each. */
  public synchronized void failAll(Call call, Supplier<? extends RuntimeException> error) {
    failing.put(call, error);
    failures.put(call, Integer.MAX_VALUE);
  }

  /** The next so many such calls fail. */
  public synchronized void failNext(
      int times, Call call, Supplier<? extends RuntimeException> error) {
    failing.put(call, error);
    failures.put(call, times);
  }

  /** Nothing fails any more. What is held stays held. */
  public synchronized void heal() {
    failing.clear();
    failures.clear();
    freeBytes = Long.MAX_VALUE;
    missing = false;
  }

  /** Only so many more bytes find room; then {@link GatewayError.NoSpace}. */
  public synchronized void leaveFree(long bytes) {
    freeBytes = bytes;
  }

  /** Whether {@code readNow} would always block. */
  public synchronized void missReadNow(boolean miss) {
    missing = miss;
  }

  /** Such calls wait inside the volume until the hold is closed. */
  public synchronized Hold hold(Call call) {
    Hold hold = new Hold(this, call);
    holds.put(call, hold);
    return hold;
  }

  /** How many such calls came in, whatever became of them. */
  public synchronized long begun(Call call) {
    return begun.getOrDefault(call, 0L);
  }

  void begin(Call call) {
    Hold held;
    synchronized (this) {
      begun.merge(call, 1L, Long::sum);
      held = holds.get(call);
    }
    if (held != null) held.pass();
    synchronized (this) {
      int left = failures.getOrDefault(call, 0);
      if (left == 0) return;
      failures.put(call, left - 1);
      throw failing.getOrDefault(call, IllegalStateException::new).get();
    }
  }

  synchronized void take(String volume, long bytes) {
    if (bytes > freeBytes)
      throw new GatewayError.NoSpace(
          "volume %s: %d bytes are free, %d are needed".formatted(volume, freeBytes, bytes));
    if (freeBytes != Long.MAX_VALUE) freeBytes -= bytes;
  }

  synchronized boolean missesReadNow() {
    return missing;
  }

  private synchronized void forget(Hold hold) {
    holds.remove(hold.call, hold);
  }

  /** Calls that wait; closing it lets all of them go on. */
  public static final class Hold implements AutoCloseable {
    private final Faults faults;
    private final Call call;
    private int held;
    private boolean released;

    private Hold(Faults faults, Call call) {
      this.faults = faults;
      this.call = call;
    }

    private synchronized void pass() {
      held++;
      notifyAll();
      while (!released) waitFor(AWAIT_LIMIT.multipliedBy(6));
    }

    /** Returns once so many calls have arrived. */
    public synchronized void awaitHeld(int calls) {
      long deadline = System.nanoTime() + AWAIT_LIMIT.toNanos();
      while (held < calls) {
        long left = deadline - System.nanoTime();
        if (left <= 0)
          throw new AssertionError(
              "%d calls of %s arrived within %s, not %d".formatted(held, call, AWAIT_LIMIT, calls));
        waitFor(Duration.ofNanos(left));
      }
    }

    @Override
    public void close() {
      release();
    }

    /** Lets all of them go on, and those that come later. Harmless twice. */
    public void release() {
      faults.forget(this);
      synchronized (this) {
        released = true;
        notifyAll();
      }
    }

    @SuppressWarnings("WaitNotInLoop") // both callers loop
    private synchronized void waitFor(Duration limit) {
      try {
        wait(Math.max(1, limit.toMillis()));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted while held", e);
      }
    }
  }
}
