package dev.penstock.p2p.line;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** What a repository says, but for the bytes of data. The words are those of the protocol. */
sealed interface Answer {
  record AuthSuccess(String uuid) implements Answer {}

  record AuthFailure() implements Answer {}

  record Version(int number) implements Answer {}

  /**
   * @param also since version 2: other repositories of which it is true as well
   */
  record Success(Set<String> also) implements Answer {}

  record Failure(Set<String> also) implements Answer {}

  record Data(long bytes) implements Answer {}

  record PutFrom(long offset) implements Answer {}

  record AlreadyHave(Set<String> also) implements Answer {}

  record Timestamp(long seconds) implements Answer {}

  record Valid() implements Answer {}

  record Invalid() implements Answer {}

  record Refused(String text) implements Answer {}

  /** {@link GatewayError.Failed} for what is no answer. */
  static Answer parse(String line) {
    int blank = line.indexOf(' ');
    String word = blank < 0 ? line : line.substring(0, blank);
    String rest = blank < 0 ? "" : line.substring(blank + 1);
    return switch (word) {
      case "SUCCESS" -> new Success(Set.of());
      case "SUCCESS-PLUS" -> new Success(uuids(rest));
      case "FAILURE" -> new Failure(Set.of());
      case "FAILURE-PLUS" -> new Failure(uuids(rest));
      case "DATA" -> new Data(number(rest, line));
      case "VALID" -> new Valid();
      case "INVALID" -> new Invalid();
      case "PUT-FROM" -> new PutFrom(number(rest, line));
      case "ALREADY-HAVE" -> new AlreadyHave(Set.of());
      case "ALREADY-HAVE-PLUS" -> new AlreadyHave(uuids(rest));
      case "TIMESTAMP" -> new Timestamp(number(rest, line));
      case "ERROR" -> new Refused(rest);
      case "VERSION" -> new Version((int) Math.min(number(rest, line), Integer.MAX_VALUE));
      case "AUTH-SUCCESS" -> new AuthSuccess(rest);
      case "AUTH-FAILURE" -> new AuthFailure();
      default -> throw outOfStep(line);
    };
  }

  private static Set<String> uuids(String words) {
    var uuids = new LinkedHashSet<>(List.of(words.split(" ", -1)));
    uuids.remove("");
    return uuids;
  }

  private static long number(String word, String line) {
    boolean digits = !word.isEmpty() && word.chars().allMatch(one -> one >= '0' && one <= '9');
    if (!digits || word.length() > 18) throw outOfStep(line);
    return Long.parseLong(word);
  }

  /** What was said makes no sense, or not there. */
  static GatewayError outOfStep(String said) {
    String start = said.length() <= 60 ? said : said.substring(0, 60) + "…";
    return new GatewayError.Failed(
        Scope.CONNECTION,
        "\"%s\" is no answer that the P2P protocol has there"
            .formatted(start.replaceAll("\\p{Cntrl}", "?")));
  }
}
