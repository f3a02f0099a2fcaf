package dev.penstock.replication.job;

import dev.penstock.replication.flow.IncomingStream;
import dev.penstock.replication.job.VolumeRun.Planned;
import dev.penstock.replication.plan.Correlation;
import dev.penstock.replication.plan.Plan;
import dev.penstock.replication.plan.Planner;
import dev.penstock.replication.plan.Policies;
import dev.penstock.replication.plan.Situation;
import dev.penstock.replication.plan.Step;
import dev.penstock.replication.plan.Version;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.snapshot.VolumeHistory;
import dev.penstock.spi.volume.SnapshotInfo;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** Makes plans for volumes: looks at both sides, asks what has to be asked, and decides nothing. */
final class Planning {
  private final Ends ends;
  private final Policies policies;
  private volatile Optional<Boolean> consents = Optional.empty();

  Planning(Ends ends, Policies policies) {
    this.ends = ends;
    this.policies = policies;
  }

  /** What both sides have of a volume. */
  record Both(VolumeHistory sender, Optional<VolumeHistory> receiver) {
    /** What the sender has of the receiver's newest snapshot; empty if nothing is in common. */
    Optional<SnapshotInfo> common() {
      List<SnapshotInfo> copies = receiver.map(VolumeHistory::snapshots).orElse(List.of());
      if (copies.isEmpty()) return Optional.empty();
      UUID newest = copies.getLast().guid();
      return sender.snapshots().stream().filter(one -> one.guid().equals(newest)).findFirst();
    }
  }

  Both look(String volume) throws InterruptedException {
    return new Both(ends.sender().history(volume), ends.receiver().history(volume));
  }

  /**
   * A plan.
   *
   * @throws InterruptedException if the task is to leave
   */
  Plan plan(Both both) throws InterruptedException {
    Situation situation = Situation.of(both.sender(), both.receiver());
    if (policies.diverged() != Policies.Diverged.FAIL) situation = situation.consenting(consents());
    Plan plan = Planner.plan(situation, policies);
    if (!(plan instanceof Plan.Steps steps) || steps.steps().size() < 2) return plan;
    // Worth the question only where something may be left out.
    Set<UUID> going = ends.receiver().letsGo(both.sender().name(), brought(both, steps.steps()));
    return going.isEmpty() ? plan : Planner.plan(situation.lettingGo(going), policies);
  }

  private boolean consents() throws InterruptedException {
    if (consents.isEmpty()) consents = Optional.of(ends.receiver().consentsToRollBack());
    return consents.get();
  }

  private static List<SnapshotInfo> brought(Both both, List<Step> steps) {
    Set<UUID> targets =
        Set.copyOf(steps.stream().map(step -> step.to().guid()).distinct().toList());
    return both.sender().snapshots().stream()
        .filter(info -> targets.contains(info.guid()))
        .toList();
  }

  /**
   * The plan of a volume in the run: up to where it was to get at first. {@link
   * GatewayError.Conflict} if nothing can be planned until somebody has looked.
   *
   * @param left what an earlier attempt of the run has left undone
   */
  Planned planned(Both both, Plan plan, List<Step> left) {
    UUID volume = both.sender().volume().orElseThrow().guid();
    return switch (plan) {
      case Plan.UpToDate(Version _) -> new Planned(volume, List.of(), List.of(), Optional.empty());
      case Plan.Steps steps ->
          new Planned(
              volume,
              steps.before(),
              upTo(left, steps.steps()),
              both.receiver().flatMap(VolumeHistory::partial));
      case Plan.Conflict(Plan.Reason _, String why) -> throw new GatewayError.Conflict(why);
    };
  }

  private static List<Step> upTo(List<Step> left, List<Step> steps) {
    return switch (Correlation.of(left, steps)) {
      case Correlation.Execute(List<Step> some) -> some;
      // What it was to get to is gone: the newest is as good.
      case Correlation.None() -> steps;
    };
  }

  /** What both have is anchored at both sides, whoever forgot. */
  void anchor(Both both) throws InterruptedException {
    Optional<SnapshotInfo> common = both.common();
    if (common.isEmpty()) return;
    SnapshotInfo ours = common.get();
    SnapshotInfo theirs = both.receiver().orElseThrow().snapshots().getLast();
    String volume = both.sender().name();
    if (!theirs.holds().contains(IncomingStream.ANCHOR))
      ends.receiver().anchor(volume, theirs.name(), theirs.guid());
    if (!ours.holds().contains(ends.sender().anchorTag()))
      ends.sender().anchor(volume, ours.name(), ours.guid());
  }
}
