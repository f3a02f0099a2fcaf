package dev.penstock.replication.plan;

import dev.penstock.replication.plan.Plan.Preparation;
import dev.penstock.replication.plan.Plan.Steps;
import java.util.ArrayList;
import java.util.List;

/**
 * Goes from snapshot to snapshot, past those that the receiver would destroy as soon as they came.
 * The newest is never left out.
 */
record Route(Situation situation) {
  /** For a receiver that has nothing: the first brings everything. */
  Steps fromNothing(List<Version> targets) {
    List<Version> wanted = wanted(targets);
    List<Step> steps = new ArrayList<>(List.of(Step.full(wanted.getFirst())));
    steps.addAll(Step.along(wanted));
    return new Steps(List.of(), steps, skipped(targets));
  }

  /**
   * @param first steps that come before, whatever the receiver does with what they bring
   * @param from what the receiver has by then
   */
  Steps along(List<Preparation> before, List<Step> first, Version from, List<Version> targets) {
    List<Version> path = new ArrayList<>(List.of(from));
    path.addAll(wanted(targets));
    List<Step> steps = new ArrayList<>(first);
    steps.addAll(Step.along(path));
    return new Steps(before, steps, skipped(targets));
  }

  private List<Version> wanted(List<Version> targets) {
    return targets.stream().filter(one -> !isSkipped(one, targets)).toList();
  }

  private List<Version> skipped(List<Version> targets) {
    return targets.stream().filter(one -> isSkipped(one, targets)).toList();
  }

  private boolean isSkipped(Version one, List<Version> targets) {
    return !one.isSameAs(targets.getLast()) && situation.letGoAtOnce().contains(one.guid());
  }
}
