package dev.penstock.replication.config;

/**
 * What is kept from being destroyed between two tries of a step. While it runs, and until the
 * receiver has answered for it, the snapshot and what it follows stay in any case: DESIGN.md,
 * UNANSWERED_LEASES_STAY.
 */
public enum Protection {
  /** It, and what it follows: the next try goes on where this one was. */
  RESUMABLE,
  /** What it follows: the snapshot itself may be destroyed, and then a newer one is sent. */
  INCREMENTAL,
  /** Nothing but the last snapshot that both sides have. */
  NOTHING
}
