package dev.penstock.volumes;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Lets those who flush at the same time share a sync. A caller needs a sync that begins after its
 * call: one who comes during a round joins the next, which one of those who wait then runs.
 *
 * <p><b>Threads.</b> Any. <b>Waits</b> for at most two rounds: the one under way and its own.
 */
final class FlushRounds {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition ended = lock.newCondition();
  private final Runnable sync;
  private long begun;
  private long completed;
  private boolean underWay;

  /** A sync that throws must make every later one throw: nobody else is told. */
  FlushRounds(Runnable sync) {
    this.sync = sync;
  }

  /** Returns when a sync that began after this call has ended well, or throws what it threw. */
  void flush() {
    long mine;
    lock.lock();
    try {
      mine = begun + 1;
      while (underWay && completed < mine) ended.awaitUninterruptibly();
      if (completed >= mine) return;
      underWay = true;
      begun++;
    } finally {
      lock.unlock();
    }
    runRound();
  }

  /** How many wait for a round to end. */
  int waiting() {
    lock.lock();
    try {
      return lock.getWaitQueueLength(ended);
    } finally {
      lock.unlock();
    }
  }

  private void runRound() {
    boolean well = false;
    try {
      sync.run();
      well = true;
    } finally {
      lock.lock();
      try {
        underWay = false;
        if (well) completed = begun;
        ended.signalAll();
      } finally {
        lock.unlock();
      }
    }
  }
}
