package dev.penstock.nbd.receive;

import java.time.Duration;

/** What one source may ask for, and how long it may take where anything is waited for at all. */
final class ReceiveLimits {
  /** As much as flexnbd's own tests write at once; its sources send what clients wrote to them. */
  static final long WRITE_BYTES_MAX = 256 << 20;

  /** What every client may use without asking. */
  static final int READ_BYTES_MAX = 32 << 20;

  /** What is written to the store at once; it ends at its multiples. */
  static final int PIECE_BYTES = 1 << 20;

  /** How many wait for the store: the memory that a source takes. */
  static final int PIECES_MAX = 16;

  /** How many requests wait that have no payload. */
  static final int STEPS_MAX = 1024;

  /** How long a source may take for a payload that was refused. */
  static final Duration DRAIN = Duration.ofSeconds(60);

  private ReceiveLimits() {}
}
