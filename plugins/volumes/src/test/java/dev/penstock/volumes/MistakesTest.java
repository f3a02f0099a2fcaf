package dev.penstock.volumes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.volumes.History.Mistake;
import dev.penstock.volumes.HistoryState.Violation;
import dev.penstock.volumes.disk.Disk;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each rule by which nothing is lost is broken once, and the histories notice: or they would prove
 * nothing. When zeroes are punched shows only while several write at once: see {@link PunchTest}.
 */
class MistakesTest {
  private static final Quiet QUIET = new Quiet();

  @AfterAll
  static void logAgain() {
    QUIET.close();
  }

  /** So many histories are enough for each mistake; most take a few. */
  private static final int HISTORIES_MAX = 4_000;

  private static final int STEPS = 80;

  static Stream<Arguments> rules() {
    return Stream.of(
        Arguments.of("A claim is durable only after its data", forgetting("sync layers/.*\\.data")),
        Arguments.of(
            "A flush is acknowledged only after the claims are durable",
            forgetting("sync layers/.*\\.log")),
        Arguments.of(
            "A manifest is renamed after its bytes are durable",
            forgetting("sync volumes/.*/manifest.tmp")),
        Arguments.of(
            "A manifest is renamed after the files that it names have their names",
            forgetting("sync directory layers")),
        Arguments.of(
            "Nothing is acknowledged on top of a manifest whose name is not durable",
            forgetting("sync directory volumes/.*")),
        Arguments.of(
            "What a manifest stops needing goes after that manifest is durable",
            wrapping(Mistakes::unlinksEarly)),
        Arguments.of(
            "A record of who owns a volume is renamed after its bytes are durable",
            forgetting("sync owners/.*\\.tmp")),
        Arguments.of(
            "A record of who owns a volume is acknowledged after its name is durable",
            forgetting("sync directory owners")),
        Arguments.of(
            "A log is begun anew after the map that covers it is durable",
            forgetting("sync layers/.*\\.map\\.tmp")),
        Arguments.of(
            "What a frozen layer shows never changes", wrapping(Mistakes::forgetsToCopyUp)),
        Arguments.of(
            "The first record that does not fit ends a log",
            wrapping(Mistakes::believesEveryRecord)),
        Arguments.of("A failed sync is final", wrapping(Mistakes::triesFailedSyncsAgain)));
  }

  private static Mistake forgetting(String syncs) {
    return new Mistake(Pattern.compile(syncs).asMatchPredicate(), disk -> disk);
  }

  private static Mistake wrapping(UnaryOperator<Disk> wrapped) {
    return new Mistake(_ -> false, wrapped);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("rules")
  void everyBrokenRuleIsNoticed(String rule, Mistake mistake) {
    assertThat(historiesUntilNoticed(mistake)).as(rule).isLessThan(HISTORIES_MAX);
  }

  static int historiesUntilNoticed(Mistake mistake) {
    for (int seed = 0; seed < HISTORIES_MAX; seed++)
      try {
        History.run(seed, STEPS, mistake);
      } catch (Violation _) {
        return seed;
      }
    return HISTORIES_MAX;
  }
}
