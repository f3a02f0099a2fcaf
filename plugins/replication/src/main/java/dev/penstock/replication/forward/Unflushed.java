package dev.penstock.replication.forward;

/**
 * Knows whether the process at the other end has carried out changes that no flush has covered yet,
 * and how often it was gone with such changes: a machine that lost its power has lost them, though
 * its clients here were never cut off. What says so to them is their next flush.
 *
 * <p><b>Threads.</b> Any.
 */
final class Unflushed {
  private String process = "";
  private long changes;
  private long flushed;
  private long doubts;

  /** Something was answered by this process. */
  synchronized void heard(String from) {
    if (from.equals(process)) return;
    if (changes > flushed) doubts++;
    flushed = changes; // told once, and not with each restart again
    process = from;
  }

  /** A change was carried out by this process. */
  synchronized void changed(String by) {
    if (by.equals(process)) changes++;
    else doubts++; // another one has answered since
  }

  /** A flush is about to be asked for: what it covers. */
  synchronized long asked() {
    return changes;
  }

  synchronized void flushed(long asked) {
    flushed = Math.max(flushed, asked);
  }

  /** How often changes came into doubt so far. */
  synchronized long doubts() {
    return doubts;
  }
}
