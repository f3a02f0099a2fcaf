package dev.penstock.replication.flow;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * How many bytes a second may be sent, by all streams that share it. First come, first served; a
 * change is felt by those who wait.
 *
 * <p><b>Threads.</b> Any.
 */
public final class Bandwidth {
  /** What may go at once after a pause: a quarter of a second's worth. */
  private static final long BURST_MILLIS = 250;

  private static final long NANOS = 1_000_000_000;

  private final ReentrantLock lock = new ReentrantLock(true);
  private final Condition changed = lock.newCondition();
  private long bytesPerSecond;

  /** When everything that was admitted so far has been paid for. */
  private long paidAtNanos = System.nanoTime();

  /**
   * @param bytesPerSecond 0 for no limit
   */
  public Bandwidth(long bytesPerSecond) {
    this.bytesPerSecond = bytesPerSecond;
  }

  public long bytesPerSecond() {
    lock.lock();
    try {
      return bytesPerSecond;
    } finally {
      lock.unlock();
    }
  }

  /** From now on; 0 for no limit. */
  public void change(long bytesPerSecondNow) {
    lock.lock();
    try {
      bytesPerSecond = bytesPerSecondNow;
      paidAtNanos = System.nanoTime();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Returns when so many bytes may go. */
  public void admit(long bytes) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (bytesPerSecond > 0) {
        long now = System.nanoTime();
        long earliest = now - Duration.ofMillis(BURST_MILLIS).toNanos();
        if (paidAtNanos - earliest < 0) paidAtNanos = earliest;
        if (paidAtNanos - now <= 0) {
          paidAtNanos += (long) ((double) bytes / bytesPerSecond * NANOS);
          return;
        }
        changed.await(paidAtNanos - now, TimeUnit.NANOSECONDS);
      }
    } finally {
      lock.unlock();
    }
  }
}
