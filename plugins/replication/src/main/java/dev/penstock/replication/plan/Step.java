package dev.penstock.replication.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One snapshot that is sent.
 *
 * @param from what the receiver has by then; empty for one that brings everything
 * @param to always a snapshot
 * @param resumed whether it goes on with what has come of it before
 */
public record Step(Optional<Version> from, Version to, boolean resumed) {
  static Step full(Version to) {
    return new Step(Optional.empty(), to, false);
  }

  /** From each to the next. */
  static List<Step> along(List<Version> path) {
    List<Step> steps = new ArrayList<>();
    for (int i = 1; i < path.size(); i++)
      steps.add(new Step(Optional.of(path.get(i - 1)), path.get(i), false));
    return steps;
  }

  @Override
  public String toString() {
    return from.map(Version::toString).orElse("nothing")
        + " -> "
        + to
        + (resumed ? " resumed" : "");
  }
}
