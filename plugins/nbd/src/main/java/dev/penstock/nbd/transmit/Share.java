package dev.penstock.nbd.transmit;

import dev.penstock.nbd.config.Limits;

/**
 * What one connection has under way: an allowance of its own, and beyond it bytes of the common
 * budget. The connection's event loop only.
 */
final class Share {
  private final Budget common;
  private final long bytesMax;
  private final Budget.Waiter waiter;
  private long heldBytes;

  Share(Budget common, long bytesMax, Budget.Waiter waiter) {
    this.common = common;
    this.bytesMax = bytesMax;
    this.waiter = waiter;
  }

  /** Whether the bytes were taken; if not, it is worth asking again after a give or a wake. */
  boolean take(long bytes) {
    if (heldBytes + bytes > bytesMax) return false;
    long more = beyondAllowance(heldBytes + bytes) - beyondAllowance(heldBytes);
    if (more > 0 && !common.take(more, waiter)) return false;
    heldBytes += bytes;
    return true;
  }

  void give(long bytes) {
    long less = beyondAllowance(heldBytes) - beyondAllowance(heldBytes - bytes);
    heldBytes -= bytes;
    if (less > 0) common.give(less);
  }

  /**
   * Which wait of somebody else's for common bytes this connection prolongs, by holding some; 0 if
   * it holds none, or nobody waits. See {@link Budget#othersWait}.
   */
  long keepsWaiting() {
    return beyondAllowance(heldBytes) == 0 ? 0 : common.othersWait(waiter);
  }

  /** Stops waiting; what is held is still to be given back. */
  void close() {
    common.forget(waiter);
  }

  long heldBytes() {
    return heldBytes;
  }

  private static long beyondAllowance(long bytes) {
    return Math.max(0, bytes - Limits.ALLOWANCE_BYTES);
  }
}
