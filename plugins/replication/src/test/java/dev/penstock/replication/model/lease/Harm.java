package dev.penstock.replication.model.lease;

/** What must not be. */
enum Harm {
  /** A step is sent, and the sender has not what it needs. */
  STEP_FAILS,
  /** A receiver has confirmed something, and nothing is at both sides any more. */
  NOTHING_IN_COMMON,
  /** The receiver's newest snapshot came from this sender, which does not have it any more. */
  LOOKS_DIVERGED,
  /** Of a condemnation and a lease both have their way. */
  LEASED_AND_CONDEMNED,
  /** An anchor is on what is to be destroyed, or is gone. */
  ANCHOR_LOST,
  /** Somebody condemned a snapshot, and nobody is there to destroy it or to take that back. */
  HIDDEN_FOR_EVER,
  /** A difference was applied to something else than what it is the difference to. */
  WRONG_BASE
}
