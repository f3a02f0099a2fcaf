package dev.penstock.replication.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.replication.plan.Plan.Conflict;
import dev.penstock.replication.plan.Plan.Preparation;
import dev.penstock.replication.plan.Plan.Reason;
import dev.penstock.replication.plan.Plan.Steps;
import dev.penstock.replication.plan.Plan.UpToDate;
import dev.penstock.replication.plan.Policies.Diverged;
import dev.penstock.replication.plan.Policies.Initial;
import dev.penstock.replication.plan.Policies.StalePartial;
import dev.penstock.replication.plan.Version.Kind;
import dev.penstock.spi.volume.Partial;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** What holds of every plan, whatever the two sides have. */
class PlanProperties {
  private static final int IDS = 8;

  /** Clocks jump: the names and the times of versions tell nothing about their order. */
  private static Version version(Kind kind, int id, long order) {
    var when = Instant.EPOCH.plusSeconds((id * 7919L) % 13);
    return new Version(kind, Histories.guid(id), "s" + id, order, when, 1 << 20, Set.of());
  }

  @Provide
  Arbitrary<Situation> situations() {
    Arbitrary<List<Version>> sender =
        Arbitraries.integers().between(0, 3).list().ofSize(IDS).map(PlanProperties::senderOf);
    Arbitrary<List<Version>> receiver =
        Arbitraries.integers()
            .between(1, IDS + 2)
            .set()
            .ofMaxSize(IDS)
            .map(PlanProperties::receiverOf);
    Arbitrary<Optional<Partial>> partial =
        Combinators.combine(
                Arbitraries.integers().between(0, IDS), Arbitraries.integers().between(1, IDS))
            .as(PlanProperties::partialOf)
            .optional(0.4);
    Arbitrary<Set<UUID>> letGo =
        Arbitraries.integers().between(1, IDS).map(Histories::guid).set().ofMaxSize(IDS);
    return Combinators.combine(sender, receiver, partial, letGo, Arbitraries.of(true, false))
        .as(Situation::new);
  }

  /** Of each id nothing, a bookmark, a snapshot, or both. */
  private static List<Version> senderOf(List<Integer> what) {
    List<Version> versions = new ArrayList<>();
    for (int id = 1; id <= IDS; id++) {
      int has = what.get(id - 1);
      if ((has & 1) != 0) versions.add(version(Kind.SNAPSHOT, id, 100 + id));
      if ((has & 2) != 0) versions.add(version(Kind.BOOKMARK, id, 100 + id));
    }
    return versions;
  }

  /** In the order of the ids; above {@link #IDS} are those that the sender never had. */
  private static List<Version> receiverOf(Set<Integer> ids) {
    return ids.stream().sorted().map(id -> version(Kind.SNAPSHOT, id, id)).toList();
  }

  private static Partial partialOf(int from, int to) {
    Optional<UUID> base = from == 0 ? Optional.empty() : Optional.of(Histories.guid(from));
    return new Partial(base, Histories.guid(to), "s" + to, 1 << 20, 4096);
  }

  @Provide
  Arbitrary<Policies> policies() {
    return Combinators.combine(
            Arbitraries.of(Initial.class),
            Arbitraries.of(Diverged.class),
            Arbitraries.of(StalePartial.class))
        .as(Policies::new);
  }

  @Property
  void aPlanThatIsCarriedOutLeavesTheSendersNewestAtTheReceiver(
      @ForAll("situations") Situation situation, @ForAll("policies") Policies policies) {
    if (!(Planner.plan(situation, policies) instanceof Steps steps)) return;
    Version last = carriedOut(steps, situation).getLast();

    // Which may be newer than any snapshot of the sender's, which then has a bookmark of it.
    assertThat(situation.sender())
        .filteredOn(last::isSameAs)
        .isNotEmpty()
        .allMatch(one -> one.order() >= newestSnapshotOrder(situation));
  }

  @Property
  void carriedOutTwiceThereIsNothingLeftToDo(
      @ForAll("situations") Situation situation, @ForAll("policies") Policies policies) {
    if (!(Planner.plan(situation, policies) instanceof Steps steps)) return;
    var after =
        new Situation(
            situation.sender(),
            carriedOut(steps, situation),
            Optional.empty(),
            situation.letGoAtOnce(),
            false);

    assertThat(Planner.plan(after, policies)).isInstanceOf(UpToDate.class);
  }

  @Property
  void noStepBringsWhatTheReceiverLetsGoAtOnceButTheNewestAndWhatHasBegun(
      @ForAll("situations") Situation situation, @ForAll("policies") Policies policies) {
    if (!(Planner.plan(situation, policies) instanceof Steps steps)) return;

    for (Step step : steps.steps())
      if (!step.resumed() && !step.to().isSameAs(newest(situation)))
        assertThat(situation.letGoAtOnce()).doesNotContain(step.to().guid());
  }

  @Property
  void nothingIsTakenBackWithoutConsent(
      @ForAll("situations") Situation situation, @ForAll("policies") Policies policies) {
    if (!(Planner.plan(situation, policies) instanceof Steps steps)) return;
    if (steps.before().stream().noneMatch(Preparation.RollBack.class::isInstance)) return;

    assertThat(situation.receiverConsents()).isTrue();
    assertThat(policies.diverged()).isNotEqualTo(Diverged.FAIL);
  }

  @Property
  void aConflictSaysWhatToDo(
      @ForAll("situations") Situation situation, @ForAll("policies") Policies policies) {
    if (!(Planner.plan(situation, policies) instanceof Conflict(Reason _, String why))) return;

    assertThat(why).matches(".*(set|take|remove|discard).*");
  }

  /** The receiver's history afterwards; fails for a step that could not be taken. */
  private static List<Version> carriedOut(Steps plan, Situation situation) {
    List<Version> receiver = new ArrayList<>(Version.sorted(situation.receiver()));
    Optional<Partial> partial = situation.partial();
    for (Preparation one : plan.before())
      switch (one) {
        case Preparation.DiscardPartial() -> partial = Optional.empty();
        case Preparation.KeepAside(Version kept) -> assertThat(receiver.getLast()).isEqualTo(kept);
        case Preparation.RollBack(Version to, List<Version> destroyed) -> {
          for (Version gone : destroyed) assertThat(receiver.removeLast()).isEqualTo(gone);
          assertThat(receiver.getLast()).isEqualTo(to);
        }
      }
    Set<UUID> sent = new HashSet<>();
    for (Step step : plan.steps()) {
      assertThat(Base.of(receiver, step.from().map(Version::guid), step.to().guid()))
          .as("%s", step)
          .isEqualTo(Base.FITS);
      assertThat(situation.sender()).contains(step.to());
      assertThat(step.to().isSnapshot()).isTrue();
      step.from().ifPresent(from -> assertThat(situation.sender()).contains(from));
      assertThat(step.resumed()).isEqualTo(isOf(step, partial));
      assertThat(sent.add(step.to().guid())).isTrue();
      partial = Optional.empty();
      receiver.add(
          version(
              Kind.SNAPSHOT, (int) step.to().guid().getLeastSignificantBits(), 1000 + sent.size()));
    }
    assertThat(partial).isEmpty();
    return receiver;
  }

  private static boolean isOf(Step step, Optional<Partial> partial) {
    return partial
        .map(
            p -> p.to().equals(step.to().guid()) && p.from().equals(step.from().map(Version::guid)))
        .orElse(false);
  }

  private static long newestSnapshotOrder(Situation situation) {
    return Version.snapshots(situation.sender()).stream().mapToLong(Version::order).max().orElse(0);
  }

  private static Version newest(Situation situation) {
    return Version.snapshots(situation.sender()).getLast();
  }
}
