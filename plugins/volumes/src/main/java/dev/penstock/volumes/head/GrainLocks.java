package dev.penstock.volumes.head;

import dev.penstock.volumes.claim.Grains;
import java.util.Arrays;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Locks for grains, from the look at who owns one to the claim that says so. Held by whoever
 * touches a grain first, zeroes or punches it, or merges into it; overwriting what the layer has
 * already takes none.
 *
 * <p>A range is locked in pieces, each of them whole: a stripe, or a page. Nobody holds two pieces.
 */
final class GrainLocks {
  /** 256 KiB: what is written at once where nothing was. */
  private static final int STRIPE_GRAINS = 64;

  /** As many as a page has stripes. */
  private static final int STRIPES = Grains.PER_PAGE / STRIPE_GRAINS;

  private final ReentrantLock[] stripes = new ReentrantLock[STRIPES];

  GrainLocks() {
    Arrays.setAll(stripes, _ -> new ReentrantLock());
  }

  /** What is done to a piece of the range, its grains locked. */
  @FunctionalInterface
  interface Piece {
    void lock(long first, long end);
  }

  /** Where the stripe of this grain ends. */
  static long endOfStripe(long grain) {
    return (grain / STRIPE_GRAINS + 1) * STRIPE_GRAINS;
  }

  /** Runs with one stripe locked, in which both grains are. */
  void inStripe(long grain, Runnable piece) {
    ReentrantLock lock = stripes[(int) (grain / STRIPE_GRAINS % STRIPES)];
    lock.lock();
    try {
      piece.run();
    } finally {
      lock.unlock();
    }
  }

  /** Runs for each piece of the range: few, long ones. */
  void forEach(long first, long end, Piece piece) {
    for (long at = first; at < end; ) {
      long from = at;
      if (end <= endOfStripe(at)) {
        inStripe(at, () -> piece.lock(from, end));
        return;
      }
      long to = Math.min(end, Grains.firstOf(Grains.pageOf(at) + 1));
      inPage(() -> piece.lock(from, to));
      at = to;
    }
  }

  private void inPage(Runnable piece) {
    // Always in this order, and whoever holds one of them never waits for another.
    for (ReentrantLock lock : stripes) lock.lock();
    try {
      piece.run();
    } finally {
      for (ReentrantLock lock : stripes) lock.unlock();
    }
  }
}
