package dev.penstock.replication.model.handoff;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.penstock.replication.model.Explorer;
import dev.penstock.replication.model.handoff.Scenario.Replaced;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The rules of DESIGN.md, in every order in which things can happen. With all of them nothing bad
 * comes about, and one owner from wherever it begins; without any one of them something does, or
 * somebody waits for ever, and the shortest way to it is printed.
 *
 * <p>How much is begun is bounded: by the numbers beside each test. How often something is lost,
 * comes late, or comes again is not, nor how often anybody crashes.
 */
class HandoffModelTest {
  private static final Set<Rule> ALL = EnumSet.allOf(Rule.class);
  private static final Set<Harm> ANY = EnumSet.allOf(Harm.class);

  @ParameterizedTest(name = "{0} gateways, {1} migrations, {2} writes")
  @CsvSource({"2, 3, 1", "2, 2, 2", "3, 2, 1", "3, 3, 0"})
  void withAllRulesNothingBadHappensAndNobodyWaitsForEver(
      int gateways, int migrations, int writes) {
    assertAllIsWell(Scenario.of(gateways, migrations, writes));
  }

  /** Two owners there may be then, until they meet: never of the same epoch, and never for ever. */
  @ParameterizedTest(name = "{0} gateways, {1} migrations, {2} writes")
  @CsvSource({"2, 2, 1", "3, 2, 0"})
  void afterForceOneOwnerIsLeftOnceEverybodyIsBack(int gateways, int migrations, int writes) {
    assertAllIsWell(Scenario.of(gateways, migrations, writes).withForce());
  }

  /** Those of the last ones take minutes, and some GiB: {@code -Dpenstock.model=large}. */
  static Stream<Arguments> worlds() {
    Stream<Arguments> small = Stream.of(arguments(2, 1, 1, false), arguments(3, 1, 0, true));
    Stream<Arguments> large =
        Stream.of(
            arguments(2, 4, 1, false),
            arguments(3, 3, 1, false),
            arguments(2, 3, 0, true),
            arguments(3, 2, 1, true));
    return System.getProperty("penstock.model", "").equals("large")
        ? Stream.concat(small, large)
        : small;
  }

  @ParameterizedTest(name = "{0} gateways, {1} migrations, {2} writes, force: {3}")
  @MethodSource("worlds")
  void norInWorldsOfOtherSizes(int gateways, int migrations, int writes, boolean force) {
    Scenario scenario = Scenario.of(gateways, migrations, writes);
    assertAllIsWell(force ? scenario.withForce() : scenario);
  }

  private static void assertAllIsWell(Scenario scenario) {
    var model = new HandoffModel(scenario, ALL);
    var explorer = new Explorer<>(model);

    assertThat(explorer.find(ANY)).isEmpty();
    assertThat(explorer.stuck(model::isSettled, model::certain)).isEmpty();
    System.out.printf("%s: %,d states, all of them%n", scenario, explorer.states());
  }

  /** Then the only copy waits for an operator. */
  @ParameterizedTest
  @CsvSource({"BY_A_BLANK_ONE", "BY_ONE_WITH_A_NEW_VOLUME"})
  void aSourceThatForgotEverythingDropsNoCopy(Replaced replaced) {
    var explorer = new Explorer<>(new HandoffModel(Scenario.of(2, 1, 1).replaced(replaced), ALL));

    assertThat(explorer.find(ANY)).isEmpty();
  }

  @ParameterizedTest(name = "without {0}: {1}")
  @CsvSource({
    "COMMIT_IS_FOR_THIS_MIGRATION, TWO_OWNERS, 2, 3, 0, false, NEVER",
    "COMMITTED_IS_FOR_THIS_MIGRATION, FORWARDED_IN_A_CIRCLE, 2, 3, 0, false, NEVER",
    "EPOCH_IS_USED_ONCE, TWO_OWNERS_IN_ONE_EPOCH, 3, 2, 0, true, NEVER",
    "THAW_ABORTS, LOST_WRITE, 2, 1, 1, false, NEVER",
    "DECIDED_IS_FINAL, TWO_OWNERS, 2, 1, 1, false, NEVER",
    "PREPARED_WAITS, TWO_OWNERS, 2, 1, 1, false, NEVER",
    "NO_RECORD_NO_ANSWER, NOBODY_HAS_IT, 2, 1, 1, false, BY_A_BLANK_ONE",
    "OLD_RECORD_NO_ANSWER, NOBODY_HAS_IT, 2, 1, 1, false, BY_ONE_WITH_A_NEW_VOLUME",
    "RECORD_OUTLIVES_COPY, TWO_OWNERS, 2, 2, 0, false, NEVER",
    "RECORD_BEFORE_COMES_BACK, TWO_OWNERS, 2, 3, 0, false, NEVER",
    "BASE_FITS, SERVES_A_PART, 2, 2, 1, false, NEVER",
    "UNLINK_WHEN_GONE, SERVES_A_PART, 2, 1, 1, false, NEVER",
    "FORWARD_WHEN_GONE, FORWARDED_IN_A_CIRCLE, 2, 2, 0, false, NEVER",
    "FORWARD_WHEN_GONE, FORWARDED_TO_NOWHERE, 2, 2, 0, false, NEVER",
    "RECEIVER_FORWARDS, FORWARDED_TO_NOWHERE, 3, 3, 0, false, NEVER",
    "REQUEST_ENDS_WITH_CLIENT, LOST_WRITE, 2, 1, 2, false, NEVER",
    "FORCE_WHEN_PREPARED, SERVES_A_PART, 2, 1, 1, true, NEVER",
    "OWNER_FENCES, NOBODY_HAS_IT, 2, 1, 1, false, NEVER"
  })
  void everyRuleIsNeeded(
      Rule rule,
      Harm harm,
      int gateways,
      int migrations,
      int writes,
      boolean force,
      Replaced replaced) {
    var scenario = new Scenario(gateways, migrations, writes, force, replaced);
    var explorer = new Explorer<>(new HandoffModel(scenario, without(rule)));
    List<String> steps = explorer.find(EnumSet.of(harm)).orElse(List.of());
    print(rule, steps);

    assertThat(steps).isNotEmpty();
  }

  @ParameterizedTest(name = "without {0}")
  @CsvSource({
    "READY_IS_FOR_THIS_MIGRATION, 2, false",
    "ABORT_IS_FOR_THIS_MIGRATION, 2, false",
    "DECIDE_ON_READY, 1, false",
    "PREPARED_STAYS, 1, false",
    "DESTINATION_ASKS, 1, false",
    "OFFER_AGAIN_IS_NOTHING, 1, false",
    "FORCE_IS_TOLD, 1, true",
    "FORCE_SETTLES_FIRST, 2, true"
  })
  void withoutAnyOfTheseSomebodyWaitsForEver(Rule rule, int migrations, boolean force) {
    var scenario = new Scenario(2, migrations, 0, force, Replaced.NEVER);
    var model = new HandoffModel(scenario, without(rule));
    var explorer = new Explorer<>(model);
    assertThat(explorer.find(EnumSet.noneOf(Harm.class))).isEmpty();
    List<String> steps = explorer.stuck(model::isSettled, model::certain).orElse(List.of());
    print(rule, steps);

    assertThat(steps).isNotEmpty();
  }

  /** Two lines of defence: that LAST is of this migration, and that its answer names the digest. */
  @Test
  void anOldLastIsFoundOutByItsDigestAsWell() {
    assertThat(find(Rule.LAST_IS_FOR_THIS_MIGRATION)).isEmpty();
    assertThat(find(Rule.READY_NAMES_THE_LAST)).isEmpty();

    List<String> steps = find(Rule.LAST_IS_FOR_THIS_MIGRATION, Rule.READY_NAMES_THE_LAST);
    print(Rule.LAST_IS_FOR_THIS_MIGRATION, steps);
    assertThat(steps).isNotEmpty();
  }

  /** It saves work that would be thrown away. */
  @Test
  void aSecondOfferAtATimeWouldHarmNobody() {
    assertThat(find(Rule.ONE_MIGRATION)).isEmpty();
  }

  private static List<String> find(Rule... off) {
    return new Explorer<>(new HandoffModel(Scenario.of(2, 2, 1), without(off)))
        .find(ANY)
        .orElse(List.of());
  }

  @Test
  void whatTheNetworkForgetsWouldHaveChangedNothing() {
    assertThat(whatGatewaysGetInto(true)).isEqualTo(whatGatewaysGetInto(false));
  }

  private static Set<List<Long>> whatGatewaysGetInto(boolean forgetsSpent) {
    var explorer = new Explorer<>(new HandoffModel(Scenario.of(2, 2, 1), ALL, forgetsSpent));
    assertThat(explorer.find(ANY)).isEmpty();
    Set<List<Long>> all = new HashSet<>();
    explorer.each(state -> {
      var words = new long[State.WORDS];
      state.pack(words);
      all.add(List.of(words[0], words[1]));
    });
    return all;
  }

  @Test
  void aStateIsItselfAgainWhenItWasPacked() {
    var state = new State();
    state.records[1] = 77;
    state.durable[2] = State.BROKEN + 2;
    state.seen[0] = 2;
    state.frozen[1] = true;
    state.last[2] = 1;
    state.told[0] = 2;
    state.offers = 4;
    state.issued = 2;
    state.acknowledged = 1;
    state.pendingAt = 2;
    state.stray = 1;
    state.strayAt = 0;
    state.forced = true;
    state.send(3);
    state.send(200);

    assertThat(state.copy()).usingRecursiveComparison().isEqualTo(state);
  }

  private static Set<Rule> without(Rule... rules) {
    return EnumSet.complementOf(EnumSet.copyOf(List.of(rules)));
  }

  private static void print(Rule rule, List<String> steps) {
    System.out.printf("without %s:%n  %s%n", rule, String.join("\n  ", steps));
  }
}
