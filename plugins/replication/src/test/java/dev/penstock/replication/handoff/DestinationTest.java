package dev.penstock.replication.handoff;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.ownership.Ownership;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DestinationTest {
  @ParameterizedTest(name = "{0}, decided: {1}, aborted: {2}")
  @CsvSource({
    "receiving 2, =, none (2)",
    "receiving 2 after gone 1, =, gone 1 (2)",
    "prepared 2, owner 2, none (2)",
    "prepared 2 after gone 1, owner 2, gone 1 (2)",
    "receiving 3, =, =",
    "prepared 3, =, =",
    "owner 2, =, =",
    "gone 2, =, =",
    "none, =, ="
  })
  void theSourcesAnswerEndsTheMigrationThatWasAskedAfter(
      String record, String decided, String aborted) {
    Optional<Ownership> now = Notation.record(record);
    var epoch = Notation.epoch("2");

    assertThat(now.map(known -> Destination.told(known, new Answer.Decided(epoch))))
        .isEqualTo(decided.equals("=") ? now : Notation.record(decided));
    assertThat(now.map(known -> Destination.told(known, new Answer.Aborted(epoch))))
        .isEqualTo(aborted.equals("=") ? now : Notation.record(aborted));
    assertThat(now.map(known -> Destination.told(known, new Answer.Pending(epoch)))).isEqualTo(now);
    assertThat(now.map(known -> Destination.told(known, new Answer.Unknown(epoch)))).isEqualTo(now);
  }

  @ParameterizedTest
  @CsvSource({"receiving 2, none (2)", "receiving 2 after gone 1, gone 1 (2)"})
  void whatIsOnItsWayCanBeCancelled(String record, String expected) {
    assertThat(Destination.cancel(Notation.record(record)))
        .isEqualTo(Notation.record(expected).orElseThrow());
  }

  @ParameterizedTest
  @ValueSource(strings = {"prepared 2", "owner 2", "offered 2", "handed 2", "gone 2", "nothing"})
  void nothingElseCanBeCancelled(String record) {
    assertThatThrownBy(() -> Destination.cancel(Notation.record(record)))
        .isInstanceOf(GatewayError.Conflict.class);
  }

  @ParameterizedTest
  @CsvSource({
    "receiving 2, true, true",
    "receiving 3, false, true",
    "prepared 2, false, true",
    "owner 2, false, false",
    "gone 2, false, false",
    "nothing, false, false"
  })
  void onlyTheMigrationThatWasTakenBringsSomething(String record, boolean receives, boolean asks) {
    Optional<Ownership> now = Notation.record(record);

    assertThat(Destination.receives(now, Notation.epoch("2"))).isEqualTo(receives);
    assertThat(now.flatMap(Destination::asksAfter)).matches(epoch -> epoch.isPresent() == asks);
  }
}
