package dev.penstock.replication.model.lease;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.replication.model.Explorer;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The rules of DESIGN.md, in every order in which things can happen. With all of them nothing bad
 * comes about; without any one of them something does, and the shortest way to it is printed.
 */
class LeaseModelTest {
  private static final Set<Rule> ALL = EnumSet.allOf(Rule.class);

  /** Beyond this an operator decides: he has released what kept the receiver's newest. */
  private static final Set<Harm> EVEN_WITH_STALE_RELEASES =
      EnumSet.complementOf(EnumSet.of(Harm.LOOKS_DIVERGED));

  @ParameterizedTest(name = "{0} snapshots, {1} receivers")
  @CsvSource({"3, 1", "2, 2"})
  void withAllRulesNothingBadCanHappen(int snapshots, int receivers) {
    var explorer = new Explorer<>(new LeaseModel(snapshots, receivers, ALL, false));

    assertThat(explorer.find(EnumSet.allOf(Harm.class))).isEmpty();
    print(explorer, snapshots, receivers, "");
  }

  /** An operator who releases a lease takes a snapshot that may be on its way; never the anchor. */
  @ParameterizedTest(name = "{0} snapshots, {1} receivers")
  @CsvSource({"3, 1", "2, 2"})
  void whateverAnOperatorReleasesSomethingStaysInCommon(int snapshots, int receivers) {
    var explorer = new Explorer<>(new LeaseModel(snapshots, receivers, ALL, true));

    assertThat(explorer.find(EVEN_WITH_STALE_RELEASES)).isEmpty();
    print(explorer, snapshots, receivers, ", stale leases are released");
  }

  @ParameterizedTest(name = "{0} snapshots, {1} receivers")
  @CsvSource({"3, 1", "2, 2"})
  void nothingThatHappensKeepsAJobFromGettingThere(int snapshots, int receivers) {
    var model = new LeaseModel(snapshots, receivers, ALL, false);
    var explorer = new Explorer<>(model);
    assertThat(explorer.find(EnumSet.noneOf(Harm.class))).isEmpty();

    assertThat(explorer.stuck(LeaseModelTest::isThere, model::next)).isEmpty();
  }

  /** All receivers have the sender's newest, and nothing is kept but anchors. */
  private static boolean isThere(State state) {
    int newest = 32 - Integer.numberOfLeadingZeros(state.exists);
    return state.links.stream()
        .allMatch(link ->
            link.phase == State.Phase.IDLE
                && link.leased == 0
                && link.newest() == newest
                && link.anchor == newest);
  }

  @ParameterizedTest(name = "without {0}: {1}")
  @CsvSource({
    "NEED_REFUSES_CONDEMNED, STEP_FAILS, 2, 1, false",
    "CONDEMN_SPARES_LEASED, STEP_FAILS, 2, 1, false",
    "CONDEMN_SPARES_HELD, NOTHING_IN_COMMON, 2, 1, false",
    "RESTART_REVOKES, HIDDEN_FOR_EVER, 2, 1, false",
    "RUNNING_LEASES_STAY, STEP_FAILS, 2, 1, false",
    "UNANSWERED_LEASES_STAY, LOOKS_DIVERGED, 2, 1, false",
    "SENDER_ANCHORS, NOTHING_IN_COMMON, 2, 1, false",
    "RECEIVER_ANCHORS, NOTHING_IN_COMMON, 2, 1, false",
    "TAG_IN_COMMIT, NOTHING_IN_COMMON, 2, 1, false",
    "BASE_KEEPS_TAG, NOTHING_IN_COMMON, 2, 1, true",
    "ANCHOR_PER_RECEIVER, NOTHING_IN_COMMON, 2, 2, false",
    "BASE_ANCHORED_FIRST, NOTHING_IN_COMMON, 3, 1, true",
    "ACK_FOR_RUNNING_STEP, NOTHING_IN_COMMON, 3, 1, false",
    "ONE_TICKET, LOOKS_DIVERGED, 2, 1, false",
  })
  void everyRuleIsNeeded(
      Rule rule, Harm harm, int snapshots, int receivers, boolean staleReleases) {
    var model = new LeaseModel(snapshots, receivers, without(rule), staleReleases);
    List<String> steps = new Explorer<>(model).find(EnumSet.of(harm)).orElse(List.of());
    System.out.printf("without %s:%n  %s%n", rule, String.join("\n  ", steps));

    assertThat(steps).isNotEmpty();
  }

  /** A second line of defence: with tickets no request meets a base that is not its own. */
  @Test
  void theBaseIsCheckedInCaseATicketIsNotEnough() {
    var withTickets = new Explorer<>(new LeaseModel(3, 1, without(Rule.BASE_FITS), false));
    assertThat(withTickets.find(EnumSet.of(Harm.WRONG_BASE))).isEmpty();

    var neither = without(Rule.BASE_FITS, Rule.ONE_TICKET);
    assertThat(
            new Explorer<>(new LeaseModel(3, 1, neither, false)).find(EnumSet.of(Harm.WRONG_BASE)))
        .isPresent();
    var checked = without(Rule.ONE_TICKET);
    assertThat(
            new Explorer<>(new LeaseModel(3, 1, checked, false)).find(EnumSet.of(Harm.WRONG_BASE)))
        .isEmpty();
  }

  @Test
  void aStateIsItselfAgainWhenItWasPacked() {
    var state = new State(2, 2);
    state.taken = 2;
    state.exists = 3;
    state.condemned = 1;
    State.Link link = state.links.getLast();
    link.phase = State.Phase.ANCHORED;
    link.to = 2;
    link.held = 3;
    link.requests = State.request(1, 2);
    var again = new State(2, 2);
    again.unpack(state.pack());

    assertThat(again).usingRecursiveComparison().isEqualTo(state);
  }

  private static Set<Rule> without(Rule... rules) {
    return EnumSet.complementOf(EnumSet.copyOf(List.of(rules)));
  }

  private static void print(Explorer<?, ?> explorer, int snapshots, int receivers, String more) {
    System.out.printf(
        "%d snapshots, %d receivers%s: %,d states, all of them%n",
        snapshots, receivers, more, explorer.states());
  }
}
