package dev.penstock.nbd.upstream;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How long to wait before the next attempt to connect: twice as long after each, up to a limit, and
 * half of it by chance, so that many who lost the same server do not come back all at once. One
 * thread.
 */
final class BackOff {
  private final long firstNanos;
  private final long maxNanos;
  private final RandomGenerator random;
  private long nextNanos;

  BackOff(Duration first, Duration max, RandomGenerator random) {
    this.firstNanos = first.toNanos();
    this.maxNanos = max.toNanos();
    this.random = random;
    this.nextNanos = firstNanos;
  }

  /** Between half of the wait that is due and all of it. */
  Duration next() {
    long dueNanos = nextNanos;
    nextNanos = dueNanos > maxNanos / 2 ? maxNanos : dueNanos * 2;
    return Duration.ofNanos(dueNanos / 2 + random.nextLong(dueNanos / 2 + 1));
  }

  /** The server is there: the next wait is the first again. */
  void reset() {
    nextNanos = firstNanos;
  }
}
