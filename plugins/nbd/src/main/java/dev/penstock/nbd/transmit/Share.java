package dev.penstock.nbd.transmit;

import dev.penstock.nbd.export.Budget;

/**
 * What one connection has under way: an allowance of its own, and beyond it bytes of the common
 * budget, as one of its export's clients. The connection's event loop only.
 */
final class Share {
  private final Budget.Part common;
  private final long allowanceBytes;
  private final Budget.Waiter waiter;
  private long bytesMax;
  private long heldBytes;
  private boolean inLine;

  Share(Budget.Part common, long allowanceBytes, long bytesMax, Budget.Waiter waiter) {
    this.common = common;
    this.allowanceBytes = allowanceBytes;
    this.bytesMax = bytesMax;
    this.waiter = waiter;
  }

  /** Another limit from now on. The allowance stays: what is held beyond it is counted there. */
  void limit(long bytesMaxNow) {
    bytesMax = bytesMaxNow;
  }

  /**
   * Whether the bytes were taken; if not, it is worth asking again after a give or a wake. It
   * stands in line only while common bytes are what it is short of: otherwise it would keep from
   * them whoever stands behind it.
   */
  boolean take(long bytes) {
    if (heldBytes + bytes > bytesMax) {
      close();
      return false;
    }
    long more = beyondAllowance(heldBytes + bytes) - beyondAllowance(heldBytes);
    if (more == 0) {
      close();
    } else {
      inLine = !common.take(more, waiter);
      if (inLine) return false;
    }
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
   * it holds none, or nobody waits. See {@link Budget.Part#othersWait}.
   */
  long keepsWaiting() {
    return beyondAllowance(heldBytes) == 0 ? 0 : common.othersWait(waiter);
  }

  /** Stops waiting; what is held is still to be given back. */
  void close() {
    if (inLine) common.forget(waiter);
    inLine = false;
  }

  private long beyondAllowance(long bytes) {
    return Math.max(0, bytes - allowanceBytes);
  }
}
