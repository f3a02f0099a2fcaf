package dev.penstock.replication.handoff;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.ownership.Ownership;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every record, and every message to it: what it becomes, and what is answered. {@code =} is what
 * it was; a number after {@code refused} is the epoch that rules as far as is known there.
 */
class OutcomeTest {
  private static final String TABLE =
      """
                                 | offer 2                                   | offer 3                                   | last 2               | last 3     | commit 1     | commit 2           | abort 2                        | ask 2      | ask 3      | claim 2            | claim 3
      nothing                    | receiving 2: taken                        | receiving 3: taken                        | =: refused           | =: refused | =: refused   | =: refused         | =: dropped                     | =: unknown | =: unknown | =: yielded         | =: yielded
      none                       | receiving 2: taken                        | receiving 3: taken                        | =: refused           | =: refused | =: refused   | =: refused         | =: dropped                     | =: unknown | =: unknown | =: yielded         | =: yielded
      none (2)                   | receiving 2: taken                        | receiving 3: taken                        | =: refused           | =: refused | =: refused   | =: refused         | =: dropped                     | =: aborted | =: unknown | =: yielded         | =: yielded
      none (3)                   | =: refused                                | receiving 3: taken                        | =: refused           | =: refused | =: refused   | =: refused         | =: dropped                     | =: aborted | =: aborted | =: yielded         | =: yielded
      receiving 2                | =: taken                                  | receiving 3: taken                        | prepared 2: ready    | =: refused | =: refused   | =: refused         | none (2): dropped              | =: aborted | =: unknown | =: refused         | =: refused
      receiving 2 after gone 1   | =: taken                                  | receiving 3 after gone 1: taken           | prepared 2 after gone 1: ready | =: refused 1 | =: refused 1 | =: refused 1 | gone 1 (2): dropped          | =: aborted | =: unknown | =: refused 1       | =: refused 1
      prepared 2                 | =: ready                                  | receiving 3: taken                        | =: ready             | =: refused | =: refused   | owner 2: committed | none (2): dropped              | =: aborted | =: unknown | =: refused         | =: refused
      prepared 2 after gone 1    | =: ready                                  | receiving 3 after gone 1: taken           | =: ready             | =: refused 1 | =: refused 1 | owner 2: committed | gone 1 (2): dropped          | =: aborted | =: unknown | =: refused 1       | =: refused 1
      prepared 3                 | =: refused                                | =: ready                                  | =: refused           | =: ready   | =: refused   | =: refused         | =: dropped                     | =: aborted | =: aborted | =: refused         | =: refused
      owner 1                    | =: refused 1                              | =: refused 1                              | =: refused 1         | =: refused 1 | =: committed | =: refused 1     | =: dropped                     | =: unknown | =: unknown | gone-to-source 2 owning 1: yielded | gone-to-source 3 owning 1: yielded
      owner 2                    | =: refused 2                              | =: refused 2                              | =: refused 2         | =: refused 2 | =: committed | =: committed     | =: refused 2                   | =: aborted | =: unknown | =: refused 2       | gone-to-source 3 owning 2: yielded
      owner 2'                   | =: refused 2                              | =: refused 2                              | =: refused 2         | =: refused 2 | =: committed | =: refused 2     | =: dropped                     | =: aborted | =: unknown | forked 2': refused 2 | gone-to-source 3 owning 2': yielded
      offered 2                  | =: refused 0                              | =: refused 0                              | =: refused 0         | =: refused 0 | =: refused 0 | =: refused 0     | =: dropped                     | =: pending | =: unknown | gone-to-source 2: yielded | gone-to-source 3: yielded
      offered 3                  | =: refused 0                              | =: refused 0                              | =: refused 0         | =: refused 0 | =: refused 0 | =: refused 0     | =: dropped                     | =: aborted | =: pending | gone-to-source 2 (3): yielded | gone-to-source 3: yielded
      handed 2                   | =: refused                                | =: refused                                | =: refused           | =: refused | =: refused   | =: refused         | =: dropped                     | =: decided | =: unknown | gone-to-source 2: yielded | gone-to-source 3: yielded
      handed 3                   | =: refused                                | =: refused                                | =: refused           | =: refused | =: refused   | =: refused         | =: dropped                     | =: aborted | =: decided | =: refused         | gone-to-source 3: yielded
      gone 2                     | =: refused 2                              | receiving 3 after gone 2: taken           | =: refused 2         | =: refused 2 | =: refused 2 | =: refused 2     | =: dropped                     | =: decided | =: unknown | =: yielded         | =: yielded
      gone 3                     | =: refused 3                              | =: refused 3                              | =: refused 3         | =: refused 3 | =: refused 3 | =: refused 3     | =: dropped                     | =: aborted | =: decided | =: refused 3       | =: yielded
      gone-to-source 3           | =: refused                                | =: refused                                | =: refused 3         | =: refused 3 | =: refused 3 | =: refused 3     | =: dropped                     | =: aborted | =: decided | =: refused         | =: yielded
      forked 2                   | =: refused 2                              | =: refused 2                              | =: refused 2         | =: refused 2 | =: committed | =: committed     | =: refused 2                   | =: aborted | =: unknown | =: refused 2       | gone-to-source 3 owning 2: yielded
      """;

  static Stream<Arguments> everyRecordAndMessage() {
    List<List<String>> lines = TABLE.lines().map(OutcomeTest::cells).toList();
    List<String> messages = lines.getFirst();
    List<Arguments> all = new ArrayList<>();
    for (List<String> line : lines.subList(1, lines.size()))
      for (int i = 1; i < messages.size(); i++)
        all.add(Arguments.of(line.getFirst(), messages.get(i), line.get(i)));
    return all.stream();
  }

  private static List<String> cells(String line) {
    return Arrays.stream(line.split("\\|")).map(String::strip).toList();
  }

  @ParameterizedTest(name = "{0}, {1} -> {2}")
  @MethodSource("everyRecordAndMessage")
  void answersByTheTable(String record, String message, String expected) {
    Optional<Ownership> now = Notation.record(record);
    String next = expected.substring(0, expected.indexOf(':'));

    Outcome outcome = Outcome.of(now, Optional.of(Notation.LAST), Notation.message(message));

    assertThat(outcome.next()).isEqualTo(next.equals("=") ? now : Notation.record(next));
    assertThat(Notation.words(outcome.answer()))
        .isEqualTo(expected.substring(expected.indexOf(':') + 2));
    assertThat(outcome.answer().epoch()).isEqualTo(Notation.message(message).epoch());
  }

  @Test
  void whatHasNotComeCompletelyDoesNotBecomeReady() {
    Optional<Ownership> now = Notation.record("receiving 2");

    for (Optional<String> newest : List.of(Optional.<String>empty(), Optional.of("another"))) {
      Outcome outcome = Outcome.of(now, newest, Notation.message("last 2"));
      assertThat(outcome)
          .isEqualTo(new Outcome(now, new Answer.Lacking(Notation.epoch("2"), newest)));
    }
  }

  @Test
  void aRefusalSaysWhyAndWhatIsRecorded() {
    Outcome outcome =
        Outcome.of(Notation.record("handed 2"), Optional.empty(), Notation.message("offer 3"));

    assertThat(outcome.answer())
        .isEqualTo(
            new Answer.Refused(
                Notation.epoch("3"),
                "it was given to vm-b at server-b, which has not confirmed it",
                Notation.epoch("2"),
                Optional.empty()));
  }
}
