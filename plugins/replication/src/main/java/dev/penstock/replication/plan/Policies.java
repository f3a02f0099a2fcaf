package dev.penstock.replication.plan;

/** What an operator wants done where there is a choice. */
public record Policies(Initial initial, Diverged diverged, StalePartial stalePartial) {
  /** What nobody has to be asked about. */
  public static final Policies DEFAULTS =
      new Policies(Initial.MOST_RECENT, Diverged.FAIL, StalePartial.DISCARD);

  /** What a receiver gets that has nothing. */
  public enum Initial {
    /** The newest snapshot. */
    MOST_RECENT,
    /** All of them, from the oldest on. */
    ALL,
    /** Nothing: an operator has to begin. */
    FAIL
  }

  /** What becomes of snapshots that only the receiver has, after what both have. */
  public enum Diverged {
    /** They stay, and nothing is sent. */
    FAIL,
    /** They stay as a volume of their own, and the copy goes back to what both have. */
    KEEP_AND_CLONE,
    /** They are lost, and the copy goes back to what both have. */
    ROLL_BACK
  }

  /** What becomes of a part of a snapshot that the sender cannot send the rest of. */
  public enum StalePartial {
    DISCARD,
    /** It stays, and nothing is sent. */
    FAIL
  }
}
