package dev.penstock.replication.migrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.replication.handoff.Answer;
import dev.penstock.replication.handoff.Message;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.ownership.Counterpart;
import dev.penstock.spi.ownership.Epoch;
import dev.penstock.spi.ownership.Ownership;
import dev.penstock.spi.ownership.Ownership.Forked;
import dev.penstock.spi.ownership.Ownership.Gone;
import dev.penstock.spi.ownership.Ownership.Handed;
import dev.penstock.spi.ownership.Ownership.None;
import dev.penstock.spi.ownership.Ownership.Offered;
import dev.penstock.spi.ownership.Ownership.Owner;
import dev.penstock.spi.ownership.Ownership.Phase;
import dev.penstock.spi.ownership.Ownership.Prepared;
import dev.penstock.spi.ownership.Ownership.Receiving;
import dev.penstock.spi.volume.SnapshotInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SettlementTest {
  private static final Epoch OFFER = Epoch.FIRST.next(new UUID(1, 1));
  private static final Epoch LATER = OFFER.next(new UUID(2, 2));
  private static final Epoch FORK = new Epoch(0, new UUID(3, 3));
  private static final Counterpart DISK = new Counterpart("flexnbd:10.0.0.1", "vm");

  /** Records, by what they are called in the tables below. */
  private static final Map<String, Phase> PHASES =
      Map.ofEntries(
          Map.entry("none", new None()),
          Map.entry("owner", new Owner()),
          Map.entry("owner over away", new Owner(Optional.of(Moving.AWAY))),
          Map.entry("owner over a disk", new Owner(Optional.of(DISK))),
          Map.entry("offered", new Offered(OFFER, Moving.AWAY)),
          Map.entry("offered by others", new Offered(OFFER, new Counterpart("else", "vm"))),
          Map.entry("handed", new Handed(OFFER, Moving.AWAY)),
          Map.entry("gone", new Gone(OFFER, Moving.AWAY)),
          Map.entry("receiving", new Receiving(OFFER, Moving.AWAY, new None())),
          Map.entry("receiving of a disk", new Receiving(OFFER, DISK, new None())),
          Map.entry("prepared", new Prepared(OFFER, Moving.AWAY, "d", new None())),
          Map.entry("forked", new Forked(FORK, Moving.AWAY)));

  private static final Map<String, Answer> ANSWERS =
      Map.ofEntries(
          Map.entry("committed", new Answer.Committed(OFFER)),
          Map.entry("committed to another", new Answer.Committed(LATER)),
          Map.entry("decided", new Answer.Decided(OFFER)),
          Map.entry("aborted", new Answer.Aborted(OFFER)),
          Map.entry("pending", new Answer.Pending(OFFER)),
          Map.entry("unknown", new Answer.Unknown(OFFER)),
          Map.entry("yielded", new Answer.Yielded(Epoch.FIRST)),
          Map.entry("a later stands", refused(Optional.of(LATER))),
          Map.entry("a fork stands", refused(Optional.of(FORK))),
          Map.entry("refused", refused(Optional.empty())));

  private static Answer refused(Optional<Epoch> stands) {
    return new Answer.Refused(OFFER, "no", LATER, stands);
  }

  private final Moving world = new Moving();
  private final List<Message> said = new ArrayList<>();
  private Answer answer = new Answer.Pending(OFFER);

  private final Settlement settlement =
      new Settlement(
          world.homeHandoffs,
          new Fencing(world.home),
          (_, peer) -> peer.equals("away"),
          _ ->
              (_, message) -> {
                said.add(message);
                return answer;
              });

  @AfterEach
  void close() throws Exception {
    world.close();
  }

  private static Ownership record(String called) {
    return new Ownership(found(PHASES, called), OFFER, Optional.of(Epoch.FIRST));
  }

  private static <T> T found(Map<String, T> table, String called) {
    return Optional.ofNullable(table.get(called)).orElseThrow(() -> new AssertionError(called));
  }

  private Ownership kept(String called) {
    world.homeStore.keepOwnership(Moving.VM, record(called));
    return record(called);
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource(
      textBlock =
          """
          none,                false
          owner,               false
          owner over away,     true
          owner over a disk,   false
          offered,             true
          offered by others,   false
          handed,              true
          gone,                false
          receiving,           true
          receiving of a disk, false
          prepared,            true
          forked,              false
          """)
  void whatIsOpenHasSomebodyToTellOrToAsk(String record, boolean isOpen) {
    assertThat(settlement.isOpen(Moving.VM, record(record))).isEqualTo(isOpen);
  }

  @ParameterizedTest(name = "{0} says {1}; told {2} it is {3}")
  @CsvSource(
      textBlock =
          """
          handed,          Commit, committed,            Gone
          handed,          Commit, committed to another, Handed
          handed,          Commit, refused,              Handed
          handed,          Commit, pending,              Handed
          receiving,       Ask,    aborted,              None
          receiving,       Ask,    pending,              Receiving
          receiving,       Ask,    unknown,              Receiving
          receiving,       Ask,    decided,              Receiving
          prepared,        Ask,    decided,              Owner
          prepared,        Ask,    aborted,              None
          prepared,        Ask,    unknown,              Prepared
          owner over away, Claim,  yielded,              Owner
          owner over away, Claim,  refused,              Owner
          owner over away, Claim,  a later stands,       Gone
          owner over away, Claim,  a fork stands,        Forked
          """)
  void aRecordSaysOneThingAndIsWhatTheAnswerMakesOfIt(
      String record, String says, String told, String becomes) throws Exception {
    answer = found(ANSWERS, told);

    settlement.settle(Moving.VM, kept(record));

    assertThat(said).hasSize(1);
    assertThat(said.getFirst().getClass().getSimpleName()).isEqualTo(says);
    assertThat(world.here().getClass().getSimpleName()).isEqualTo(becomes);
  }

  @Test
  void whoYieldsIsNotToldAgain() throws Exception {
    answer = new Answer.Yielded(Epoch.FIRST);

    Ownership now = settlement.settle(Moving.VM, kept("owner over away"));

    assertThat(settlement.isOpen(Moving.VM, now)).isFalse();
  }

  @Test
  void whatIsConfirmedLeadsOnWhoWaits() throws Exception {
    answer = new Answer.Committed(OFFER);

    Ownership now = settlement.settle(Moving.VM, kept("handed"));

    assertThat(world.homeHandoffs.led()).containsExactly(Moving.VM);
    assertThat(settlement.isOpen(Moving.VM, now)).isFalse();
  }

  @Test
  void whoWaitsForWhatIsGoneIsLedOnAsOftenAsItTakes() throws Exception {
    settlement.awaits(Moving.VM);
    Ownership gone = kept("gone");
    assertThat(settlement.isOpen(Moving.VM, gone)).isTrue();

    settlement.settle(Moving.VM, gone);

    assertThat(said).isEmpty();
    assertThat(world.homeHandoffs.led()).containsExactly(Moving.VM);
    assertThat(settlement.isOpen(Moving.VM, gone)).isFalse();
  }

  @Test
  void anOfferThatNobodyGoesOnWithIsTakenBackAndItsNumberStaysUsed() throws Exception {
    settlement.settle(Moving.VM, kept("offered"));

    assertThat(world.homeStore.ownership(Moving.VM)).contains(record("owner"));
    assertThat(said).isEmpty();
  }

  @Test
  void anotherOfferThanTheOneThatWasSeenIsLeftAlone() throws Exception {
    Ownership old = record("offered");
    Ownership fresh = new Ownership(new Offered(LATER, Moving.AWAY), LATER, old.owned());
    world.homeStore.keepOwnership(Moving.VM, fresh);

    settlement.settle(Moving.VM, old);

    assertThat(world.homeStore.ownership(Moving.VM)).contains(fresh);
  }

  /** Whoever hears it does not serve on: and what it wrote is not lost. */
  @ParameterizedTest
  @CsvSource({"a later stands, true", "a fork stands, false"})
  void whatTurnsOutToBeOwnedElsewhereIsGivenUpAndKeptAsAnOrphan(String told, boolean isLed)
      throws Exception {
    answer = found(ANSWERS, told);

    settlement.settle(Moving.VM, kept("owner over away"));

    SnapshotInfo orphan = world.homeSnapshots.snapshots().list(Moving.VM).getLast();
    assertThat(orphan.name()).isEqualTo("orphan-0");
    assertThat(orphan.holds()).containsExactly("orphan");
    assertThat(settlement.isOpen(Moving.VM, record("gone"))).as("led on").isEqualTo(isLed);
  }

  @Test
  void whatHasNoRecordIsNotSettled() {
    assertThatThrownBy(() -> settlement.change("nothing", now -> now))
        .isInstanceOf(GatewayError.NotFound.class);
  }
}
