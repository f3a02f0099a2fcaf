package dev.penstock.nbd.transmit;

/**
 * Whether small writes take so little time that they had better wait for one another, or so much
 * that each had better have a worker of its own: memory and a disk's cache are the one, a network
 * and a disk that is behind the other. Pure but for its memory; one thread.
 */
final class WritePace {
  /** Waking a worker costs less than this: whoever takes longer is worth one. */
  private static final long SLOW_NANOS = 200_000;

  /** Well below, so that it does not change with every breath. */
  private static final long FAST_NANOS = 50_000;

  private boolean slow;

  boolean isSlow() {
    return slow;
  }

  /** What the last ones took, each. */
  void note(long nanosEach) {
    if (nanosEach > SLOW_NANOS) slow = true;
    else if (nanosEach < FAST_NANOS) slow = false;
  }
}
