package dev.penstock.p2p.access;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.p2p.access.Decision.Visitor;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The tables of the specification, §7. */
class DecisionTest {
  @ParameterizedTest(name = "{0}: read {1}, lock {2}, write {3}, remove {4}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          none   | false | false | false | false
          read   | true  | true  | false | false
          append | true  | true  | true  | false
          all    | true  | true  | true  | true
          """)
  void eachRightAllows(String right, boolean read, boolean lock, boolean write, boolean remove) {
    Right given = Right.parse(right).orElseThrow();

    assertThat(given.allows(Operation.READ, true)).isEqualTo(read);
    assertThat(given.allows(Operation.LOCK, true)).isEqualTo(lock);
    assertThat(given.allows(Operation.WRITE, true)).isEqualTo(write);
    assertThat(given.allows(Operation.REMOVE, true)).isEqualTo(remove);
  }

  @Test
  void readersDoNotLockWhereTheyMayNot() {
    assertThat(Right.READ.allows(Operation.LOCK, false)).isFalse();
    assertThat(Right.APPEND.allows(Operation.LOCK, false)).isTrue();
  }

  @ParameterizedTest(name = "{0}, anonymous {1}, users {2}: {3} is {4}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          anonymous | none   | true  | READ   | 401
          anonymous | none   | true  | REMOVE | 401
          anonymous | none   | false | READ   | 403
          anonymous | read   | true  | READ   | 200
          anonymous | read   | true  | LOCK   | 200
          anonymous | read   | true  | WRITE  | 401
          anonymous | read   | false | WRITE  | 403
          anonymous | append | true  | WRITE  | 200
          anonymous | append | true  | REMOVE | 401
          anonymous | append | false | REMOVE | 403
          anonymous | all    | true  | REMOVE | 200
          mistaken  | none   | true  | READ   | 401
          mistaken  | none   | true  | WRITE  | 401
          mistaken  | read   | true  | READ   | 200
          mistaken  | read   | true  | REMOVE | 403
          reader    | none   | true  | READ   | 200
          reader    | none   | true  | LOCK   | 200
          reader    | none   | true  | WRITE  | 403
          reader    | none   | true  | REMOVE | 403
          reader    | append | true  | WRITE  | 200
          appender  | none   | true  | WRITE  | 200
          appender  | none   | true  | REMOVE | 403
          writer    | none   | true  | REMOVE | 200
          stranger  | none   | true  | READ   | 403
          stranger  | read   | true  | READ   | 200
          """)
  void everySituationHasItsAnswer(
      String who, String anonymous, boolean anybodyKnown, Operation operation, int status) {
    Decision decision =
        Decision.of(
            visitor(who),
            "photos",
            operation,
            Right.parse(anonymous).orElseThrow(),
            true,
            anybodyKnown);

    assertThat(
            switch (decision) {
              case Decision.Allowed _ -> 200;
              case Decision.WhoAreYou _ -> 401;
              case Decision.Refused _ -> 403;
            })
        .isEqualTo(status);
  }

  private static Visitor visitor(String who) {
    return switch (who) {
      case "anonymous" -> Decision.ANONYMOUS;
      case "mistaken" -> Decision.MISTAKEN;
      case "reader" -> new Visitor.Known(user(Map.of("photos", Right.READ)));
      case "appender" -> new Visitor.Known(user(Map.of("photos", Right.APPEND, "*", Right.ALL)));
      case "writer" -> new Visitor.Known(user(Map.of("*", Right.ALL)));
      default -> new Visitor.Known(user(Map.of("others", Right.ALL)));
    };
  }

  private static User user(Map<String, Right> rights) {
    return new User("alice", Optional.empty(), Set.of(), rights);
  }

  @Test
  void whoIsKnownIsToldWhichRightIsMissing() {
    Decision decision =
        Decision.of(visitor("reader"), "photos", Operation.REMOVE, Right.NONE, true, true);

    assertThat(decision)
        .isEqualTo(
            new Decision.Refused("alice has not the right to remove in photos; it takes all"));
  }
}
