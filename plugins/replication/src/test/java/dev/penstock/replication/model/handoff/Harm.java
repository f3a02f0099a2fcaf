package dev.penstock.replication.model.handoff;

/** What must not be. */
enum Harm {
  /** Two serve as owner, and nobody has used force. */
  TWO_OWNERS,
  /** Two serve as owner in one epoch, whoever has used force. */
  TWO_OWNERS_IN_ONE_EPOCH,
  /** Nobody owns it, nobody has given it away, and nobody has it complete and waits for a word. */
  NOBODY_HAS_IT,
  /** A write was acknowledged, and the owner does not have it. */
  LOST_WRITE,
  /** Somebody serves what is not a whole copy. */
  SERVES_A_PART,
  /** A request is forwarded in a circle. */
  FORWARDED_IN_A_CIRCLE,
  /** A request ends where it neither is served nor waits for whoever will serve it. */
  FORWARDED_TO_NOWHERE,
  /** Nobody serves any more, until an operator chooses. */
  FORKED
}
