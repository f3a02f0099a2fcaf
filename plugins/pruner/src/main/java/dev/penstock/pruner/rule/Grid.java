package dev.penstock.pruner.rule;

import java.time.Duration;
import java.util.BitSet;
import java.util.List;

/**
 * Buckets of time, one behind the other into the past, in each of which the oldest snapshots are
 * kept. A bucket's newer edge is part of it, its older edge is not. What is older than all buckets
 * goes; what is younger than now stays.
 *
 * @param runs the youngest first
 */
record Grid(List<Run> runs, Alignment alignment) {
  /** Where buckets begin. */
  enum Alignment {
    /** At now: the newest snapshot's date is the newer edge of the first bucket. */
    NEWEST,
    /**
     * At whole multiples of their length since 1970, UTC, so that what is kept does not depend on
     * when it is looked at, nor on which gateway does. Each run has its buckets in full, and before
     * them the part of one that is under way.
     */
    EPOCH
  }

  /** Of {@link Run#keep}: every one. */
  static final int ALL = Integer.MAX_VALUE;

  /** Buckets of one length. */
  record Run(int buckets, Duration length, int keep) {}

  Grid {
    runs = List.copyOf(runs);
  }

  /**
   * Which are kept.
   *
   * @param nanos the dates, since the epoch, the oldest first
   * @return their places
   */
  BitSet kept(long[] nanos, long nowNanos) {
    BitSet kept = new BitSet(nanos.length);
    int left = nanos.length; // those before this place are older than all buckets so far
    while (left > 0 && nanos[left - 1] > nowNanos) kept.set(--left);
    long edge = nowNanos;
    for (Run run : runs) {
      long length = run.length().toNanos();
      long last = lastEdge(run, edge);
      while (left > 0 && edge > last) {
        edge = Math.max(last, olderEdge(edge, length));
        int begin = left;
        while (begin > 0 && nanos[begin - 1] > edge) begin--;
        kept.set(begin, run.keep() == ALL ? left : Math.min(left, begin + run.keep()));
        left = begin;
      }
      edge = last;
    }
    return kept;
  }

  /** The older edge of a run's last bucket. */
  private long lastEdge(Run run, long edge) {
    long length = run.length().toNanos();
    long end = minus(edge, times(length, run.buckets()));
    return alignment == Alignment.EPOCH ? wholeLengths(end, length) : end;
  }

  private long olderEdge(long newer, long length) {
    return alignment == Alignment.EPOCH ? wholeLengths(newer - 1, length) : minus(newer, length);
  }

  private static long wholeLengths(long nanos, long length) {
    long into = Math.floorMod(nanos, length);
    return minus(nanos, into);
  }

  /** Before the beginning of time is the beginning of time: 1677, in nanoseconds from 1970. */
  private static long minus(long nanos, long length) {
    long less = nanos - length;
    return less > nanos ? Long.MIN_VALUE : less;
  }

  private static long times(long length, int count) {
    long high = Math.multiplyHigh(length, count);
    long low = length * count;
    return high == 0 && low >= 0 ? low : Long.MAX_VALUE;
  }
}
