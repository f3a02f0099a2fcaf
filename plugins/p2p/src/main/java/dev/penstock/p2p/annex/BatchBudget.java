package dev.penstock.p2p.annex;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * How many batches of bytes wait for the disk, of all uploads together; an upload that gets none
 * goes on with small ones, one at a time. So a slow disk makes senders wait, however many there
 * are, and does not fill the memory.
 *
 * <p><b>Threads.</b> Any.
 */
final class BatchBudget {
  /** Of all repositories: a few uploads keep a fast disk busy with them. */
  static final BatchBudget SHARED = new BatchBudget((64 << 20) / Intake.BATCH_BYTES);

  private final AtomicInteger left;

  BatchBudget(int count) {
    this.left = new AtomicInteger(count);
  }

  boolean take() {
    return left.getAndUpdate(count -> Math.max(0, count - 1)) > 0;
  }

  void giveBack(int count) {
    left.addAndGet(count);
  }

  int left() {
    return left.get();
  }
}
