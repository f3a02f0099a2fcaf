package dev.penstock.nbd.transmit;

import java.time.Duration;

/**
 * Tells a peer that hangs from one that is slow: looked at now and then, it runs out when a wait
 * has lasted for its limit without moving on by a certain amount. Pure but for its memory; one
 * thread.
 */
final class Patience {
  private final long progressBytes;
  private boolean waiting;
  private long wait;
  private long sinceNanos;
  private long markBytes;

  Patience(long progressBytes) {
    this.progressBytes = progressBytes;
  }

  /** Nobody is waited for. */
  void rest() {
    waiting = false;
  }

  /**
   * The peer is waited for.
   *
   * @param wait which wait it is: another number is another wait, and begins anew
   * @param movedBytes how far the peer has come, ever
   * @return whether it has been waited for as long as the limit
   */
  boolean ranOut(Duration limit, long wait, long movedBytes, long nowNanos) {
    if (!waiting || wait != this.wait || movedBytes - markBytes >= progressBytes) {
      waiting = true;
      this.wait = wait;
      sinceNanos = nowNanos;
      markBytes = movedBytes;
      return false;
    }
    return nowNanos - sinceNanos >= limit.toNanos();
  }
}
