package dev.penstock.replication.handoff;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.ownership.Ownership;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A {@code =} is what it was, a {@code !} is refused. */
class SourceTest {
  @ParameterizedTest(name = "{0} -> {1}")
  @CsvSource({"owner 2, 3, offered 3 owning 2", "owner 2 (4), 5, offered 5 owning 2"})
  void anOfferUsesUpTheNextEpoch(String record, long number, String expected) {
    assertThat(Source.offer(Notation.record(record), new UUID(0, number), Notation.DESTINATION))
        .isEqualTo(Notation.record(expected).orElseThrow());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "forced 2",
        "offered 2",
        "handed 2",
        "gone 2",
        "receiving 2",
        "prepared 2",
        "forked 2",
        "none",
        "nothing"
      })
  void onlyAnOwnerOffersAndOnceAtATime(String record) {
    assertThatThrownBy(
            () -> Source.offer(Notation.record(record), new UUID(0, 3), Notation.DESTINATION))
        .isInstanceOf(GatewayError.Conflict.class);
  }

  @Test
  void onlyWhatTheDestinationHasDecides() {
    Optional<Ownership> now = Notation.record("offered 2");
    var ready = new Answer.Ready(Notation.epoch("2"), Notation.LAST);

    assertThat(Source.decide(now, Notation.LAST, ready))
        .isEqualTo(Notation.record("handed 2").orElseThrow());
    assertNotDecided(now, "another", ready);
    assertNotDecided(now, Notation.LAST, new Answer.Ready(Notation.epoch("2'"), Notation.LAST));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"owner 2", "handed 2", "gone 2", "receiving 2", "prepared 2", "none", "nothing"})
  void nothingIsDecidedButWhatIsOffered(String record) {
    assertNotDecided(
        Notation.record(record),
        Notation.LAST,
        new Answer.Ready(Notation.epoch("2"), Notation.LAST));
  }

  private static void assertNotDecided(Optional<Ownership> now, String last, Answer.Ready ready) {
    assertThatThrownBy(() -> Source.decide(now, last, ready))
        .isInstanceOf(GatewayError.Conflict.class);
  }

  @ParameterizedTest(name = "{0} -> {1}")
  @CsvSource({
    "offered 2, owner 0 (2)",
    "offered 3, =",
    "owner 1, =",
    "handed 2, !",
    "gone 2, !",
    "prepared 2, !",
    "nothing, !"
  })
  void whatIsNotDecidedIsKept(String record, String expected) {
    Optional<Ownership> now = Notation.record(record);
    if (expected.equals("!"))
      assertThatThrownBy(() -> Source.abort(now, Notation.epoch("2")))
          .isInstanceOf(GatewayError.Conflict.class);
    else
      assertThat(Optional.of(Source.abort(now, Notation.epoch("2"))))
          .isEqualTo(expected.equals("=") ? now : Notation.record(expected));
  }

  @ParameterizedTest
  @CsvSource({
    "leaving 2, moved 2",
    "leaving 3, !",
    "offered 2, !",
    "moved 2, !",
    "owner 2, !",
    "handed 2, !",
    "nothing, !"
  })
  void onlyWhatIsLeavingToNoGatewayIsGivenUpWithoutAWord(String record, String expected) {
    assertSettled(
        Notation.record(record), expected, now -> Source.relinquish(now, Notation.epoch("2")));
  }

  @ParameterizedTest
  @CsvSource({
    "moved 2, owner 0 (2)",
    "moved 3, !",
    "gone 2, !",
    "leaving 2, =",
    "owner 2, =",
    "handed 2, !",
    "prepared 2, !",
    "nothing, !"
  })
  void whatNobodyWasToldIsTakenBack(String record, String expected) {
    assertSettled(Notation.record(record), expected, now -> Source.keep(now, Notation.epoch("2")));
  }

  private static void assertSettled(
      Optional<Ownership> now, String expected, Function<Optional<Ownership>, Ownership> step) {
    if (expected.equals("!"))
      assertThatThrownBy(() -> step.apply(now)).isInstanceOf(GatewayError.Conflict.class);
    else
      assertThat(Optional.of(step.apply(now)))
          .isEqualTo(expected.equals("=") ? now : Notation.record(expected));
  }

  @ParameterizedTest
  @CsvSource({
    "offered 2, owner 0 (2)",
    "owner 2, =",
    "handed 2, =",
    "gone 2, =",
    "receiving 2, =",
    "prepared 2, =",
    "forked 2, =",
    "none, ="
  })
  void aRestartKeepsWhatIsNotDecided(String record, String expected) {
    Optional<Ownership> now = Notation.record(record);

    assertThat(now.map(Source::restarted))
        .isEqualTo(expected.equals("=") ? now : Notation.record(expected));
  }

  @ParameterizedTest
  @CsvSource({"handed 2, gone 2", "handed 3, =", "offered 2, =", "gone 3, =", "owner 2, ="})
  void itIsGoneOnceTheDestinationHasConfirmedExactlyThat(String record, String expected) {
    Optional<Ownership> now = Notation.record(record);
    var confirmed = new Answer.Committed(Notation.epoch("2"));

    assertThat(now.map(known -> Source.told(known, confirmed)))
        .isEqualTo(expected.equals("=") ? now : Notation.record(expected));
  }
}
