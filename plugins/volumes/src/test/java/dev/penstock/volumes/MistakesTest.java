package dev.penstock.volumes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.volumes.History.Mistake;
import dev.penstock.volumes.HistoryState.Violation;
import dev.penstock.volumes.disk.Disk;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Each rule by which nothing is lost is broken once, and the histories notice: or they would prove
 * nothing.
 */
class MistakesTest {
  /** So many histories are enough for each mistake; most take a few. */
  private static final int HISTORIES_MAX = 2_000;

  private static final int STEPS = 60;

  /** What is broken. */
  enum Rule {
    /** A claim is durable only after its data. */
    CLAIM_AFTER_DATA("sync layers/.*\\.data"),
    /** A flush is acknowledged only after the claims are durable. */
    FLUSH_AFTER_CLAIMS("sync layers/.*\\.log"),
    /** Nothing is punched before the claim of zeroes is durable. */
    PUNCH_AFTER_CLAIM(Mistakes::punchesEarly),
    /** A manifest is renamed after its bytes are durable. */
    MANIFEST_AFTER_ITS_BYTES("sync volumes/.*/manifest.tmp"),
    /** A manifest is renamed after the files that it names have their names. */
    MANIFEST_AFTER_LAYERS("sync directory layers"),
    /** Nothing is acknowledged on top of a manifest whose name is not durable. */
    ACKNOWLEDGED_AFTER_MANIFEST("sync directory volumes/.*"),
    /** What a manifest stops needing goes after that manifest is durable. */
    UNLINK_AFTER_MANIFEST(Mistakes::unlinksEarly),
    /** A log is begun anew after the map that covers it is durable. */
    LOG_AFTER_MAP("sync layers/.*\\.map\\.tmp"),
    /** What a frozen layer shows never changes. */
    FROZEN_STAYS(Mistakes::forgetsToCopyUp),
    /** The first record that does not fit ends a log. */
    REPLAY_STOPS(Mistakes::believesEveryRecord),
    /** A failed sync is final. */
    FAILED_SYNC_IS_FINAL(Mistakes::triesFailedSyncsAgain);

    private final Mistake broken;

    Rule(String forgottenSyncs) {
      Predicate<String> forgotten = Pattern.compile(forgottenSyncs).asMatchPredicate();
      broken = new Mistake(forgotten, disk -> disk);
    }

    Rule(UnaryOperator<Disk> wrapped) {
      broken = new Mistake(_ -> false, wrapped);
    }
  }

  @ParameterizedTest
  @EnumSource
  void everyBrokenRuleIsNoticed(Rule rule) {
    assertThat(historiesUntilNoticed(rule)).as("histories").isLessThan(HISTORIES_MAX);
  }

  static int historiesUntilNoticed(Rule rule) {
    for (int seed = 0; seed < HISTORIES_MAX; seed++)
      try {
        History.run(seed, STEPS, rule.broken);
      } catch (Violation _) {
        return seed;
      }
    return HISTORIES_MAX;
  }
}
