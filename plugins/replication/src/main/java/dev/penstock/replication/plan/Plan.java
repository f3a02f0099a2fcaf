package dev.penstock.replication.plan;

import java.util.List;

/** What is to be done so that a receiver has the sender's newest snapshot of a volume. */
public sealed interface Plan {
  /** It has it. */
  record UpToDate(Version newest) implements Plan {}

  /**
   * This.
   *
   * @param before what the receiver does first, in this order
   * @param steps what is sent then, one after another; none if the first was all there was to do
   * @param skipped what is left out, since the receiver would destroy it as soon as it came
   */
  record Steps(List<Preparation> before, List<Step> steps, List<Version> skipped) implements Plan {
    public Steps {
      before = List.copyOf(before);
      steps = List.copyOf(steps);
      skipped = List.copyOf(skipped);
    }
  }

  /**
   * Nothing, until somebody has looked.
   *
   * @param why for people: what is the matter, and what can be done about it
   */
  record Conflict(Reason reason, String why) implements Plan {}

  /** Why nothing can be done. */
  enum Reason {
    NO_SENDER_SNAPSHOTS,
    NO_COMMON_ANCESTOR,
    INITIAL_REPLICATION_DISABLED,
    DIVERGED,
    ROLL_BACK_REFUSED,
    RESUME_TARGET_MISSING
  }

  /** What the receiver does before anything is sent. */
  sealed interface Preparation {
    /** Gives up what has come of a snapshot that will not come. */
    record DiscardPartial() implements Preparation {}

    /** Makes a volume of its own that begins as this snapshot of the copy is. */
    record KeepAside(Version newest) implements Preparation {}

    /**
     * Makes the copy what it was at {@code to}, which both sides have, and destroys what came after
     * it.
     *
     * @param destroyed the newest first: if that ends in the middle, what is left is a history
     */
    record RollBack(Version to, List<Version> destroyed) implements Preparation {
      public RollBack {
        destroyed = List.copyOf(destroyed);
      }
    }
  }
}
