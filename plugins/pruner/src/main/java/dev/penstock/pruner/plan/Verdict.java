package dev.penstock.pruner.plan;

import java.util.List;
import java.util.Set;

/** What a plan makes of one snapshot, and why. The first of these that is true. */
public sealed interface Verdict {
  /** At least one rule keeps it. */
  record Kept(List<String> rules) implements Verdict {}

  /** All rules let it go, and it is one of so many newest that stay all the same. */
  record AmongNewest(int atLeast) implements Verdict {}

  /** All rules let it go, and somebody holds it. */
  record Held(Set<String> holds) implements Verdict {}

  /**
   * It goes.
   *
   * @param unmatched whether none of the rules is for snapshots like this one: perhaps somebody has
   *     forgotten it
   */
  record Goes(List<String> rules, boolean unmatched) implements Verdict {}
}
