package dev.penstock.replication.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.replication.plan.Plan.Conflict;
import dev.penstock.replication.plan.Plan.Reason;
import dev.penstock.replication.plan.Plan.Steps;
import dev.penstock.replication.plan.Policies.Diverged;
import dev.penstock.replication.plan.Policies.Initial;
import dev.penstock.replication.plan.Policies.StalePartial;
import dev.penstock.spi.volume.Partial;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlannerTest {
  @ParameterizedTest(name = "sender [{0}], receiver [{1}], lets go of [{2}]: {3}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          @a,1 @b,2 @c,3 @d,4 | @a,1 | ''    | @a -> @b, @b -> @c, @c -> @d |
          @a,1 @b,2 @c,3 @d,4 | @a,1 | 2     | @a -> @c, @c -> @d           | @b
          @a,1 @b,2 @c,3 @d,4 | @a,1 | 2 3   | @a -> @d                     | @b @c
          @a,1 @b,2 @c,3 @d,4 | @a,1 | 2 3 4 | @a -> @d                     | @b @c
          @a,1 @b,2 @c,3      |      | 1     | nothing -> @b, @b -> @c      | @a
          @a,1 @b,2           |      | 1 2   | nothing -> @b                | @a
          """)
  void whatTheReceiverWouldLetGoAtOnceIsNotSentButTheNewestIs(
      String sender, String receiver, String letGo, String steps, String skipped) {
    var situation =
        Histories.situation(sender, receiver == null ? "" : receiver).lettingGo(guids(letGo));
    var plan = (Steps) Planner.plan(situation, initial(Initial.ALL));

    assertThat(text(plan.steps())).isEqualTo(steps);
    assertThat(plan.skipped().stream().map(Version::toString).collect(Collectors.joining(" ")))
        .isEqualTo(skipped == null ? "" : skipped);
  }

  @Test
  void whatHasBegunToComeIsFinishedEvenIfItWouldBeLetGo() {
    var situation = withPartial("@a,1 @b,2 @c,3", "@a,1", Optional.of(1L), 2).lettingGo(guids("2"));
    var plan = (Steps) Planner.plan(situation, Policies.DEFAULTS);

    assertThat(text(plan.steps())).isEqualTo("@a -> @b resumed, @b -> @c");
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          KEEP_AND_CLONE | [KeepAside[newest=@y], RollBack[to=@a, destroyed=[@y, @x]]]
          ROLL_BACK      | [RollBack[to=@a, destroyed=[@y, @x]]]
          """)
  void aCopyThatWentElsewhereIsBroughtBackAsThePolicySays(Diverged policy, String before) {
    var situation = Histories.situation("@a,1 @b,4 @c,5", "@a,1 @x,2 @y,3");
    var plan = (Steps) Planner.plan(situation, diverged(policy));

    assertThat(plan.before()).hasToString(before);
    assertThat(text(plan.steps())).isEqualTo("@a -> @b, @b -> @c");
  }

  @Test
  void aCopyThatIsAheadIsBroughtBackAndGetsNothing() {
    var situation = Histories.situation("@a,1", "@a,1 @x,2");
    var plan = (Steps) Planner.plan(situation, diverged(Diverged.ROLL_BACK));

    assertThat(plan.before()).hasToString("[RollBack[to=@a, destroyed=[@x]]]");
    assertThat(plan.steps()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "FAIL, true, DIVERGED",
    "FAIL, false, DIVERGED",
    "ROLL_BACK, false, ROLL_BACK_REFUSED",
    "KEEP_AND_CLONE, false, ROLL_BACK_REFUSED"
  })
  void nothingOfACopyIsTakenBackWithoutPolicyAndConsent(
      Diverged policy, boolean consents, Reason reason) {
    var situation = Histories.situation("@a,1 @b,3", "@a,1 @x,2").consenting(consents);

    assertThat(Planner.plan(situation, diverged(policy)))
        .isInstanceOfSatisfying(
            Conflict.class,
            conflict -> {
              assertThat(conflict.reason()).isEqualTo(reason);
              assertThat(conflict.why()).contains("@x after @a");
            });
  }

  @ParameterizedTest(name = "sender [{0}], receiver [{1}], part of {3} after {2}: {4}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          @a,1 @b,2      | @a,1      | 1 | 9 | which the sender has no more
          @a,1 @b,2 @c,3 | @a,1 @b,2 | 1 | 3 | does not follow its newest snapshot
          @a,1 @b,2      | @a,1 @b,2 | 1 | 2 | does not follow its newest snapshot
          @a,1 @b,2      | @a,1      |   | 2 | does not follow its newest snapshot
          @b,2 @c,3      | @a,1      | 1 | 3 | the sender has no more what it follows
          """)
  void aPartThatCannotBeFinishedIsKeptOrDiscardedButNeverGoneOnWith(
      String sender, String receiver, Long from, long to, String why) {
    var situation = withPartial(sender, receiver, Optional.ofNullable(from), to);

    var kept = new Policies(Initial.MOST_RECENT, Diverged.FAIL, StalePartial.FAIL);
    assertThat(Planner.plan(situation, kept))
        .isInstanceOfSatisfying(
            Conflict.class,
            conflict -> {
              assertThat(conflict.reason()).isEqualTo(Reason.RESUME_TARGET_MISSING);
              assertThat(conflict.why()).contains(why, "stale_partial");
            });
    var discarded = Planner.plan(situation, Policies.DEFAULTS);
    if (discarded instanceof Steps steps) {
      assertThat(steps.before()).hasToString("[DiscardPartial[]]");
      assertThat(steps.steps()).noneMatch(Step::resumed);
    } else {
      assertThat(discarded).isInstanceOf(Conflict.class);
    }
  }

  @Test
  void anotherVolumesCopyIsLeftAlone() {
    var plan = Planner.plan(Histories.situation("@a,1", "@v,5 @w,6 @x,7 @y,8 @z,9"), rollBack());

    assertThat(plan)
        .isInstanceOfSatisfying(
            Conflict.class,
            conflict -> {
              assertThat(conflict.reason()).isEqualTo(Reason.NO_COMMON_ANCESTOR);
              assertThat(conflict.why()).contains("@v, @w, @x and 2 more");
            });
  }

  @ParameterizedTest(name = "receiver [{0}], step from {1} to {2}: {3}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
               |   | 2 | FITS
          @a,1 | 1 | 2 | FITS
          @a,1 @b,2 | 1 | 2 | DONE
          @b,2 |   | 2 | DONE
          @a,1 @b,2 @c,3 | 1 | 2 | MOVED
          @a,1 | 2 | 3 | MOVED
               | 1 | 2 | MOVED
          @a,1 |   | 2 | MOVED
          #b,2 | 1 | 2 | MOVED
          """)
  void aStepFitsOnWhatItFollowsAlone(String receiver, Long from, long to, Base base) {
    assertThat(
            Base.of(
                Histories.of(receiver == null ? "" : receiver),
                Optional.ofNullable(from).map(Histories::guid),
                Histories.guid(to)))
        .isEqualTo(base);
  }

  @Test
  void allAncestorsHaveToBeThere() {
    assertThat(Parents.of("a/b/c", List.of("a", "a/b", "a/b/c", "a/bc", "b")))
        .containsExactly("a", "a/b");
    var there = new Parents.Progress.Sending(List.of(), 0, false);
    assertThat(Parents.child(List.of())).isEqualTo(Parents.Child.RUNS);
    assertThat(Parents.child(List.of(there, new Parents.Progress.Planning())))
        .isEqualTo(Parents.Child.WAITS);
    assertThat(
            Parents.child(
                List.of(new Parents.Progress.Unplanned(), new Parents.Progress.Planning())))
        .isEqualTo(Parents.Child.FAILS);
  }

  private static Situation withPartial(
      String sender, String receiver, Optional<Long> from, long to) {
    var partial = new Partial(from.map(Histories::guid), Histories.guid(to), "p", 1 << 20, 512);
    return new Situation(
        Histories.of(sender), Histories.of(receiver), Optional.of(partial), Set.of(), true);
  }

  private static Set<UUID> guids(String ids) {
    return Arrays.stream(ids.split(" ", -1))
        .filter(id -> !id.isBlank())
        .map(Long::parseLong)
        .map(Histories::guid)
        .collect(Collectors.toSet());
  }

  private static String text(List<Step> steps) {
    return steps.stream().map(Step::toString).collect(Collectors.joining(", "));
  }

  private static Policies initial(Initial initial) {
    return new Policies(initial, Diverged.FAIL, StalePartial.DISCARD);
  }

  private static Policies diverged(Diverged diverged) {
    return new Policies(Initial.MOST_RECENT, diverged, StalePartial.DISCARD);
  }

  private static Policies rollBack() {
    return diverged(Diverged.ROLL_BACK);
  }
}
