package dev.penstock.replication.model.lease;

/** The rules of DESIGN.md, by the names that it gives them. Each can be switched off. */
enum Rule {
  /** Nobody gets a lease on a snapshot that is condemned or gone. */
  NEED_REFUSES_CONDEMNED,
  /** What somebody has a lease on is not condemned. */
  CONDEMN_SPARES_LEASED,
  /** What is held is not condemned. */
  CONDEMN_SPARES_HELD,
  /** A process that starts takes back what the one before it had condemned. */
  RESTART_REVOKES,
  /** The leases of a step that runs do not expire. */
  RUNNING_LEASES_STAY,
  /** The lease on what was sent stays until the receiver has answered for it, either way. */
  UNANSWERED_LEASES_STAY,
  /** The sender holds the newest snapshot that a receiver has confirmed. */
  SENDER_ANCHORS,
  /** The receiver holds it as well. */
  RECEIVER_ANCHORS,
  /** It does so from the commit on that makes the snapshot visible. */
  TAG_IN_COMMIT,
  /** And goes on holding what the snapshot follows, until the next commit. */
  BASE_KEEPS_TAG,
  /** Every receiver has an anchor of its own at the sender. */
  ANCHOR_PER_RECEIVER,
  /** A step is sent only once the sender's anchor is on what it follows. */
  BASE_ANCHORED_FIRST,
  /** An acknowledgement counts only for the step that waits for it. */
  ACK_FOR_RUNNING_STEP,
  /** With its answer to a planner the receiver is done with every request of an earlier plan. */
  ONE_TICKET,
  /** The receiver takes a step only if its newest snapshot is what the step follows. */
  BASE_FITS
}
