package dev.penstock.replication.config;

/** What is kept from being destroyed while a snapshot is sent. */
public enum Protection {
  /** It, and what it follows: an interrupted step goes on where it was. */
  RESUMABLE,
  /** What it follows: the snapshot itself may be destroyed, and then the next one is sent. */
  INCREMENTAL,
  /** Nothing but the last snapshot that both sides have. */
  NOTHING
}
