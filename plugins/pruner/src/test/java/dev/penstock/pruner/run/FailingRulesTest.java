package dev.penstock.pruner.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.pruner.OwnRules;
import dev.penstock.pruner.Taken;
import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.retention.ConfiguredRule;
import dev.penstock.spi.retention.RetentionRule;
import dev.penstock.spi.retention.Series;
import dev.penstock.spi.volume.SnapshotInfo;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A rule that fails lets nothing go, and what no rule is for is told. */
class FailingRulesTest extends PrunerRuns {
  @Test
  void aRuleThatIsNotThereAnyMoreLetsNothingGo() {
    extensions = new OwnRules(new OddRule(_ -> (ConfiguredRule) series -> series.where(_ -> true)));
    snapshots.volume("odd", Taken.all("x@1 y@2"));
    snapshots.volume("plain", Taken.all("x@1 y@2"));
    var pruner =
        pruner(
            Map.of(
                "odd", Map.of("volumes", "odd", "keep", List.of(Map.of("odd", Map.of()))),
                "plain", Map.of("volumes", "plain", "keep", List.of(last(1)))),
            Map.of("attempts", 1));
    extensions = new OwnRules(); // its plugin was unloaded

    var report = failed(pruner);

    assertThat(snapshots.names("odd")).containsExactly("x", "y");
    assertThat(snapshots.names("plain")).containsExactly("y");
    assertThat(of(report, "odd").error().orElseThrow()).contains("odd: odd: no plugin brings");
  }

  @Test
  void aRuleThatThrowsLetsNothingGo() {
    extensions =
        new OwnRules(
            new OddRule(_ ->
                series -> {
                  throw new NoClassDefFoundError("gone");
                }));
    snapshots.volume("a", Taken.all("x@1 y@2"));
    var report = failed(keeping(Map.of("odd", Map.of())));
    assertThat(snapshots.names("a")).containsExactly("x", "y");
    assertThat(of(report, "a").error().orElseThrow())
        .contains("local: odd: the rule failed", "gone");
  }

  @Test
  void ofWhatGoesWithoutARuleIsToldOnceAndAgainOnceTheVolumeWasAway() {
    var pruner = keeping(Map.of("last", Map.of("count", 1, "regex", "^auto-")));
    for (int i = 0; i < 2; i++) {
      snapshots.volume("a", Taken.all("by-hand-1@1 auto-1@2"));
      ran(pruner);
    }
    assertThat(observer.unmatched).hasSize(1);
    snapshots.remove("a");
    ran(pruner);
    snapshots.volume("a", Taken.all("by-hand-1@1 auto-1@2"));
    ran(pruner);
    assertThat(observer.unmatched).hasSize(2);
  }

  /** What a plugin's rule throws, and when. */
  enum Fault {
    KEY,
    READ,
    LETS_GO,
    IS_FOR
  }

  @ParameterizedTest
  @EnumSource
  void aRuleThatFailsAtAnyTimeFailsTheVolumesOfItsPolicyAndNoOthers(Fault fault) {
    for (String volume : List.of("odd", "plain")) snapshots.volume(volume, Taken.all("x@1 y@2"));
    var faulty = new AtomicBoolean();
    extensions = new OwnRules(new Faulty(fault, faulty));
    var pruner =
        pruner(
            Map.of(
                "odd", Map.of("volumes", "odd", "keep", List.of(Map.of("faulty", Map.of()))),
                "plain", Map.of("volumes", "plain", "keep", List.of(last(1)))),
            Map.of("attempts", 1));
    faulty.set(true);

    var report = failed(pruner);

    assertThat(snapshots.names("odd")).containsExactly("x", "y");
    assertThat(snapshots.names("plain")).containsExactly("y");
    assertThat(of(report, "odd").error().orElseThrow())
        .contains("odd: faulty: ", Faulty.class.getName(), "StackOverflowError");
  }

  @Test
  void tellsOfSnapshotsThatGoAndThatNoRuleIsFor() {
    snapshots.volume("a", Taken.all("before-upgrade-3@1 auto-1@2 auto-2@3"));
    ran(keeping(Map.of("last", Map.of("count", 1, "regex", "^auto-"))));
    assertThat(observer.unmatched).containsExactly("a {before-upgrade-#=1}");
  }

  /** Lets everything go, until it fails in one of its calls. */
  private record Faulty(Fault fault, AtomicBoolean faulty) implements RetentionRule {
    private void in(Fault call) {
      if (faulty.get() && call == fault) throw new StackOverflowError();
    }

    @Override
    public String key() {
      in(Fault.KEY);
      return "faulty";
    }

    @Override
    public String summary() {
      return "made for a test";
    }

    @Override
    public ConfiguredRule read(Block settings, Problems problems) {
      in(Fault.READ);
      return new ConfiguredRule() {
        @Override
        public BitSet letsGo(Series series) {
          in(Fault.LETS_GO);
          return series.where(_ -> true);
        }

        @Override
        public boolean isFor(SnapshotInfo snapshot) {
          in(Fault.IS_FOR);
          return true;
        }
      };
    }
  }
}
