package dev.penstock.replication.plan;

import dev.penstock.replication.plan.Plan.Conflict;
import dev.penstock.replication.plan.Plan.Preparation;
import dev.penstock.replication.plan.Plan.Reason;
import dev.penstock.replication.plan.Plan.Steps;
import dev.penstock.replication.plan.Plan.UpToDate;
import dev.penstock.replication.plan.Policies.Initial;
import dev.penstock.replication.plan.Policies.StalePartial;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Makes plans. Pure: a conflict is a plan for an operator to read, not an exception. */
public final class Planner {
  /** Of a longer list of snapshots only so many are named. */
  private static final int NAMED_MAX = 3;

  private Planner() {}

  public static Plan plan(Situation situation, Policies policies) {
    if (situation.partial().isEmpty()) return planWithoutPartial(situation, policies);
    var resumable = Resumable.of(situation.partial().get(), situation);
    if (resumable instanceof Resumable.Yes(var first)) return resuming(first, situation);
    if (policies.stalePartial() == StalePartial.FAIL)
      return new Conflict(
          Reason.RESUME_TARGET_MISSING,
          ((Resumable.No) resumable).why()
              + "; discard what has come of it, or set stale_partial to discard");
    return discarding(planWithoutPartial(situation.withoutPartial(), policies));
  }

  private static Plan resuming(Step first, Situation situation) {
    List<Version> later =
        Version.snapshots(situation.sender()).stream()
            .filter(one -> one.order() > first.to().order())
            .toList();
    return new Route(situation).along(List.of(), List.of(first), first.to(), later);
  }

  private static Plan discarding(Plan then) {
    var discard = new Preparation.DiscardPartial();
    return switch (then) {
      case UpToDate _ -> new Steps(List.of(discard), List.of(), List.of());
      case Steps steps ->
          new Steps(
              Stream.concat(Stream.of(discard), steps.before().stream()).toList(),
              steps.steps(),
              steps.skipped());
      case Conflict conflict -> conflict;
    };
  }

  private static Plan planWithoutPartial(Situation situation, Policies policies) {
    return switch (Ancestry.between(situation.sender(), situation.receiver())) {
      case Ancestry.NothingToSend _ -> nothingToSend();
      case Ancestry.UpToDate(var common) -> new UpToDate(common);
      case Ancestry.Path(var versions) ->
          new Route(situation)
              .along(
                  List.of(), List.of(), versions.getFirst(), versions.subList(1, versions.size()));
      case Ancestry.Diverged diverged -> reunite(diverged, situation, policies.diverged());
      case Ancestry.NoCommon(var _, var receiver) when receiver.isEmpty() ->
          initial(situation, policies.initial());
      case Ancestry.NoCommon(var _, var receiver) -> unrelated(receiver);
    };
  }

  private static Plan initial(Situation situation, Initial policy) {
    List<Version> snapshots = Version.snapshots(situation.sender());
    if (snapshots.isEmpty()) return nothingToSend();
    return switch (policy) {
      case MOST_RECENT -> new Steps(List.of(), List.of(Step.full(snapshots.getLast())), List.of());
      case ALL -> new Route(situation).fromNothing(snapshots);
      case FAIL ->
          new Conflict(
              Reason.INITIAL_REPLICATION_DISABLED,
              "the receiver has nothing yet, and the job's initial is fail: set it to most_recent"
                  + " or all for the first run");
    };
  }

  private static Plan reunite(
      Ancestry.Diverged diverged, Situation situation, Policies.Diverged policy) {
    String what =
        "the receiver has %s after %s, the last that both have, and the sender has not"
            .formatted(named(diverged.receiverOnly()), diverged.common());
    if (policy == Policies.Diverged.FAIL)
      return new Conflict(
          Reason.DIVERGED,
          what
              + ": somebody wrote to the copy or took snapshots of it; set diverged to"
              + " keep_and_clone or roll_back, or send to another volume");
    if (!situation.receiverConsents())
      return new Conflict(
          Reason.ROLL_BACK_REFUSED,
          what
              + ": the job would bring the copy back to what both have, and the receiver does not"
              + " allow it; there, set may_roll_back for this peer");
    return new Route(situation)
        .along(
            comingBack(diverged, situation, policy),
            List.of(),
            diverged.common(),
            Ancestry.path(diverged.common(), diverged.senderOnly()).stream().skip(1).toList());
  }

  private static List<Preparation> comingBack(
      Ancestry.Diverged diverged, Situation situation, Policies.Diverged policy) {
    List<Version> receiver = Version.snapshots(situation.receiver());
    Version common =
        receiver.stream().filter(diverged.common()::isSameAs).findFirst().orElseThrow();
    var rollBack = new Preparation.RollBack(common, diverged.receiverOnly().reversed());
    return policy == Policies.Diverged.KEEP_AND_CLONE
        ? List.of(new Preparation.KeepAside(receiver.getLast()), rollBack)
        : List.of(rollBack);
  }

  private static Conflict nothingToSend() {
    return new Conflict(
        Reason.NO_SENDER_SNAPSHOTS,
        "the volume has no snapshot that could be sent: take one, or give the job snapshots");
  }

  private static Conflict unrelated(List<Version> receiver) {
    return new Conflict(
        Reason.NO_COMMON_ANCESTOR,
        "the receiver has %s, and the sender has none of them: it is another volume's copy, or what both had was destroyed; remove or rename it there, or send to another volume"
            .formatted(named(receiver)));
  }

  private static String named(List<Version> versions) {
    String some =
        versions.stream().limit(NAMED_MAX).map(Version::toString).collect(Collectors.joining(", "));
    return versions.size() <= NAMED_MAX
        ? some
        : "%s and %d more".formatted(some, versions.size() - NAMED_MAX);
  }
}
