package dev.penstock.p2p.flow;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Memory that all transfers of a kind have together, in equal shares. Who gets none makes do with
 * little and is slower; so there may be many transfers that wait for a disk or for a client, and
 * they do not fill the memory of everything else.
 *
 * <p><b>Threads.</b> Any.
 */
public final class MemoryShares {
  private final AtomicInteger left;

  public MemoryShares(int count) {
    this.left = new AtomicInteger(count);
  }

  /** Whether there was one; then it is to be given back. */
  public boolean take() {
    return left.getAndUpdate(count -> Math.max(0, count - 1)) > 0;
  }

  public void giveBack(int count) {
    left.addAndGet(count);
  }

  public int left() {
    return left.get();
  }
}
