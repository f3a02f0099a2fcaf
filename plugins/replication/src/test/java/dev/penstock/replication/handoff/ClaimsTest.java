package dev.penstock.replication.handoff;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.ownership.Epoch;
import dev.penstock.spi.ownership.Ownership;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@link OutcomeTest} has what a claim meets. */
class ClaimsTest {
  @ParameterizedTest
  @CsvSource({"prepared 2, forced 2", "prepared 2 after gone 1, forced 2"})
  void whatIsCompleteCanBeTakenByForce(String record, String expected) {
    assertThat(Claims.force(Notation.record(record)))
        .isEqualTo(Notation.record(expected).orElseThrow());
  }

  @ParameterizedTest
  @ValueSource(strings = {"receiving 2", "owner 2", "handed 2", "gone 2", "none", "nothing"})
  void nothingElseCan(String record) {
    assertThatThrownBy(() -> Claims.force(Notation.record(record)))
        .isInstanceOf(GatewayError.Conflict.class);
  }

  @ParameterizedTest
  @CsvSource({"moved 2, owner 3", "moved 2 (5), owner 6"})
  void whatWasMovedToNoGatewayIsTakenBackInAnEpochOfItsOwn(String record, String expected) {
    Ownership owner = Notation.record(expected).orElseThrow();
    assertThat(Claims.takeBack(Notation.record(record), owner.owned().orElseThrow().migration()))
        .isEqualTo(owner);
  }

  @ParameterizedTest
  @ValueSource(strings = {"gone 2", "leaving 2", "owner 2", "handed 2", "none", "nothing"})
  void nothingElseIsTakenBack(String record) {
    assertThatThrownBy(() -> Claims.takeBack(Notation.record(record), new UUID(0, 3)))
        .isInstanceOf(GatewayError.Conflict.class);
  }

  @Test
  void whomItWasTakenFromIsToldUntilHeYields() {
    Ownership forced = Notation.record("forced 2").orElseThrow();
    assertThat(Claims.tells(forced)).contains(Notation.SOURCE);

    var late = new Answer.Yielded(Notation.epoch("1"));
    assertThat(Claims.told(forced, late, Notation.SOURCE)).isEqualTo(forced);

    var yielded = new Answer.Yielded(Notation.epoch("2"));
    Ownership settled = Claims.told(forced, yielded, Notation.SOURCE);
    assertThat(Optional.of(settled)).isEqualTo(Notation.record("owner 2"));
    assertThat(Claims.tells(settled)).isEmpty();
    assertThat(Claims.settle(forced)).isEqualTo(settled);
  }

  @ParameterizedTest(name = "{0}, told that {1} rules -> {2}")
  @CsvSource({
    "owner 2, 1, =",
    "owner 2, 2, =",
    "owner 2, 2', forked 2",
    "owner 2, 3, gone-to-source 3 owning 2",
    "forced 2, 3, gone-to-source 3 owning 2",
    "offered 2, 3, gone-to-source 3",
    "handed 2, 3, =",
    "gone 2, 3, =",
    "prepared 2, 3, =",
    "receiving 2, 3, ="
  })
  void whoeverIsRefusedByALaterOwnerIsNoneAnyMore(String record, String stands, String expected) {
    Optional<Ownership> now = Notation.record(record);
    Epoch epoch = Notation.epoch(stands);
    var refused = new Answer.Refused(epoch, "no", epoch, Optional.of(epoch));

    assertThat(now.map(known -> Claims.told(known, refused, Notation.SOURCE)))
        .isEqualTo(expected.equals("=") ? now : Notation.record(expected));
  }

  @Test
  void oneOfTwoThatForkedIsChosenAndTellsTheOther() {
    var one = Notation.record("forked 2");
    var other = Notation.record("forked 2'");

    Ownership chosen = Claims.choose(one, new UUID(0, 3));
    assertThat(Optional.of(chosen)).isEqualTo(Notation.record("forced 3"));

    Outcome outcome = Outcome.of(other, Optional.empty(), Notation.message("claim 3"));
    assertThat(outcome.next()).isEqualTo(Notation.record("gone-to-source 3 owning 2'"));
    assertThat(Optional.of(Claims.told(chosen, outcome.answer(), Notation.SOURCE)))
        .isEqualTo(Notation.record("owner 3"));
    assertThatThrownBy(() -> Claims.choose(Notation.record("owner 2"), new UUID(0, 3)))
        .isInstanceOf(GatewayError.Conflict.class);
  }
}
