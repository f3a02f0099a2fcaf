package dev.penstock.pruner.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.pruner.OwnRules;
import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.retention.ConfiguredRule;
import dev.penstock.spi.retention.RetentionRule;
import dev.penstock.spi.retention.Series;
import dev.penstock.spi.testing.TestSettings;
import dev.penstock.spi.volume.SnapshotInfo;
import java.time.Duration;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PrunerConfigTest {
  private final Problems problems = new Problems();

  private PrunerConfig read(Map<String, ?> settings) {
    return PrunerConfig.read(
        TestSettings.block("modules.pruner", settings),
        new Rules(new OwnRules(new MoonPhase())),
        problems);
  }

  private PrunerConfig policy(Map<String, ?> policy) {
    return read(Map.of("policies", Map.of("local", policy)));
  }

  private List<String> found() {
    return problems.inOrder().stream().map(Problems.Problem::what).toList();
  }

  private List<String> warned() {
    return problems.warnings().stream().map(Problems.Problem::what).toList();
  }

  @Test
  void whatAnotherPolicySaysOfLittleRoomLetsNoMoreGo() {
    var keep = List.of(Map.of("last", Map.of("count", 7)));
    var config =
        read(
            Map.of(
                "policies",
                Map.of(
                    "a", Map.of("volumes", "*", "low_space", "10GiB", "keep", keep),
                    "b", Map.of("volumes", "vm-*", "low_space", "1GiB", "keep", keep),
                    "c", Map.of("volumes", "vm-1", "keep", keep))));
    assertThat(found()).isEmpty();
    assertThat(config.lowSpaceOf("db")).hasValue(10L << 30);
    assertThat(config.lowSpaceOf("vm-2")).hasValue(1L << 30);
    assertThat(config.lowSpaceOf("vm-1")).isEmpty();
  }

  @Test
  void readsPolicies() {
    var config =
        policy(
            Map.of(
                "volumes",
                List.of("vm-*", "!vm-scratch*"),
                "every",
                "10m",
                "after_snapshot",
                true,
                "at_least",
                3,
                "keep",
                List.of(Map.of("last", Map.of("count", 7)))));
    assertThat(found()).isEmpty();
    assertThat(warned()).isEmpty();
    var policy = config.policies().getFirst();
    assertThat(policy.volumes()).hasToString("vm-*, !vm-scratch*");
    assertThat(policy.every()).contains(Duration.ofMinutes(10));
    assertThat(policy.afterSnapshot()).isTrue();
    assertThat(policy.atLeast()).isEqualTo(3);
    assertThat(policy.keep()).extracting(RuleSettings::label).containsExactly("local: last");
    assertThat(config.limits()).isEqualTo(Limits.DEFAULTS);
    assertThat(config.policiesOf("vm-scratch1")).isEmpty();
    assertThat(config.policiesOf("vm-1")).containsExactly(policy);
  }

  @Test
  void reportsEveryMistakeAtOnce() {
    read(
        Map.of(
            "policies",
            Map.of(
                "local",
                Map.of(
                    "volmes",
                    "*",
                    "every",
                    "10ms",
                    "keep",
                    List.of(
                        Map.of("lats", Map.of("count", 7)),
                        Map.of("last", Map.of("count", 0), "regex", Map.of()),
                        Map.of("grid", Map.of("spec", "1x1h(keep=0)")),
                        "last"))),
            "limits",
            Map.of("volumes", 0, "call", "1ms", "batsch", 3)));
    assertThat(found())
        .anyMatch(what -> what.contains("volumes is missing"))
        .anyMatch(what -> what.contains("volmes is no key"))
        .anyMatch(what -> what.contains("every is 10 ms"))
        .anyMatch(what -> what.contains("no plugin brings the rule lats; did you mean last?"))
        .anyMatch(what -> what.contains("policies.local.keep.grid: spec"))
        .anyMatch(what -> what.contains("volumes is 0"))
        .anyMatch(what -> what.contains("call is 1 ms"))
        .anyMatch(what -> what.contains("did you mean batch?"))
        .filteredOn(what -> what.contains("each item of keep is one rule"))
        .hasSize(2);
  }

  @Test
  void rulesOfOtherPluginsAreCheckedAsOurOwn() {
    policy(Map.of("volumes", "*", "keep", List.of(Map.of("moon_phase", Map.of("fase", "full")))));
    assertThat(found())
        .singleElement()
        .asString()
        .contains("fase is no key of modules.pruner.policies.local.keep.moon_phase");
  }

  /** By its class: the host says which plugin brings it. */
  @Test
  void aRuleThatFailsWhileItIsReadIsAProblemThatNamesItAndThoseOfOthersAreRead() {
    var broken = Map.of("moon_phase", Map.of("phase", "broken"));
    policy(Map.of("volumes", "*", "keep", List.of(broken, Map.of("last", Map.of("count", 0)))));
    assertThat(found())
        .anyMatch(what -> what.contains("count is 0"))
        .anyMatch(what -> what.contains("local: moon_phase: the rule failed"))
        .anyMatch(what -> what.contains(MoonPhase.class.getName() + " threw"))
        .hasSize(2);
  }

  @Test
  void aRuleThatFailsWhenItIsAskedWhatItIsForIsAProblem() {
    policy(
        Map.of("volumes", "*", "keep", List.of(Map.of("moon_phase", Map.of("phase", "eclipsed")))));
    assertThat(found()).singleElement().asString().contains("moon_phase: the rule failed");
  }

  @Test
  void aRuleThatCannotSayItsKeyIsToldOfWhereOneIsMissing() {
    var rules = new Rules(new OwnRules(new Nameless()));
    var local = Map.of("volumes", "*", "keep", List.of(Map.of("nameless", Map.of())));
    PrunerConfig.read(
        TestSettings.block("modules.pruner", Map.of("policies", Map.of("local", local))),
        rules,
        problems);
    assertThat(found())
        .singleElement()
        .asString()
        .contains("no plugin brings the rule nameless", Nameless.class.getName() + " threw");
  }

  @Test
  void warnsOfAPolicyWhoseRulesAreAllForCertainNames() {
    policy(
        Map.of(
            "volumes",
            "*",
            "keep",
            List.of(
                Map.of("grid", Map.of("spec", "24x1h", "regex", "^auto-")),
                Map.of("not_replicated", Map.of("job", "offsite")))));
    assertThat(found()).isEmpty();
    assertThat(warned()).singleElement().asString().contains("monday", "would destroy it");
  }

  @Test
  void doesNotWarnWhereOtherNamesHaveARule() {
    policy(
        Map.of(
            "volumes",
            "*",
            "keep",
            List.of(
                Map.of("grid", Map.of("spec", "24x1h", "regex", "^auto-")),
                Map.of("regex", Map.of("regex", "^auto-", "negate", true)))));
    assertThat(warned()).isEmpty();
  }

  @Test
  void warnsOfAPolicyWithoutRules() {
    assertThat(policy(Map.of("volumes", "*")).policies().getFirst().every())
        .isEqualTo(Optional.empty());
    assertThat(warned()).singleElement().asString().contains("keeps everything");
  }

  private static final class MoonPhase implements RetentionRule {
    @Override
    public String key() {
      return "moon_phase";
    }

    @Override
    public String summary() {
      return "made for a test";
    }

    @Override
    public ConfiguredRule read(Block settings, Problems problems) {
      String phase = settings.text("phase", "new", problems);
      settings.refuseOtherKeys(problems);
      if (phase.equals("broken")) throw new NoClassDefFoundError("Moon");
      return new ConfiguredRule() {
        @Override
        public BitSet letsGo(Series series) {
          return new BitSet();
        }

        @Override
        public boolean isFor(SnapshotInfo snapshot) {
          if (phase.equals("eclipsed")) throw new AssertionError("no moon");
          return true;
        }
      };
    }
  }

  private static final class Nameless implements RetentionRule {
    @Override
    public String key() {
      throw new ExceptionInInitializerError("no name");
    }

    @Override
    public String summary() {
      return "made for a test";
    }

    @Override
    public ConfiguredRule read(Block settings, Problems problems) {
      return (Series _) -> new BitSet();
    }
  }
}
