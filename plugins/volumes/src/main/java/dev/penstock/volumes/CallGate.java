package dev.penstock.volumes;

import java.util.concurrent.locks.StampedLock;

/**
 * Lets calls in while something is open, so that no file is closed under one: closing waits for
 * those under way, and whoever comes later is turned away.
 *
 * <pre>
 *   long stamp = gate.enter();
 *   try { … } finally { gate.leave(stamp); }
 * </pre>
 *
 * <p><b>Threads.</b> Any. Entering allocates nothing.
 */
final class CallGate {
  private final StampedLock calls = new StampedLock();
  private final String name;
  private volatile boolean closed;

  /**
   * @param name of what is open: "volume demo"
   */
  CallGate(String name) {
    this.name = name;
  }

  /** Waits while it is being closed; {@link IllegalStateException} once it is. */
  long enter() {
    long stamp = calls.readLock();
    if (!closed) return stamp;
    calls.unlockRead(stamp);
    throw closedError();
  }

  /** Never waits: {@link IllegalStateException} also while it is being closed. */
  long enterNow() {
    long stamp = tryEnter();
    if (stamp == 0) throw closedError();
    return stamp;
  }

  /** As {@link #enterNow}; 0 if it is closed, or being closed. */
  long tryEnter() {
    long stamp = calls.tryReadLock();
    if (stamp == 0 || !closed) return stamp;
    calls.unlockRead(stamp);
    return 0;
  }

  void leave(long stamp) {
    calls.unlockRead(stamp);
  }

  /**
   * Ends what is open once no call is under way.
   *
   * @return false if it was closed before, and nothing was run
   */
  boolean close(Runnable end) {
    long stamp = calls.writeLock();
    try {
      if (closed) return false;
      closed = true;
      end.run();
      return true;
    } finally {
      calls.unlockWrite(stamp);
    }
  }

  private IllegalStateException closedError() {
    return new IllegalStateException(name + " is closed");
  }
}
