package dev.penstock.pruner.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.pruner.OwnRules;
import dev.penstock.pruner.Taken;
import dev.penstock.pruner.config.PrunerConfig;
import dev.penstock.pruner.config.Rules;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.retention.Series;
import dev.penstock.spi.testing.TestSettings;
import dev.penstock.spi.volume.SnapshotInfo;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class VolumePlanTest {
  private static final Map<String, ?> LAST_AUTO =
      Map.of("last", Map.of("count", 1, "regex", "^auto"));
  private static final Map<String, ?> MANUAL = Map.of("regex", Map.of("regex", "^manual"));
  private static final Map<String, ?> UNSENT = Map.of("not_replicated", Map.of("job", "offsite"));

  private static VolumePlan plan(String taken, Map<String, ?> policies) {
    return plan(Taken.series(taken), policies);
  }

  private static VolumePlan plan(Series series, Map<String, ?> policies) {
    var problems = new Problems();
    var rules = new Rules(new OwnRules());
    var config =
        PrunerConfig.read(
            TestSettings.block("modules.pruner", Map.of("policies", policies)), rules, problems);
    assertThat(problems.inOrder()).isEmpty();
    return VolumePlan.of(series, config.policiesOf("demo"), rules);
  }

  private static Map<String, Object> policy(int atLeast, Object... keep) {
    return Map.of("volumes", "*", "at_least", atLeast, "keep", List.of(keep));
  }

  private static List<String> going(VolumePlan plan) {
    return plan.going().stream().map(SnapshotInfo::name).toList();
  }

  @Test
  void letsGoWhatEveryRuleLetsGo() {
    var plan =
        plan("auto-1@1 manual-1@2 auto-2@3 other@4", Map.of("p", policy(0, LAST_AUTO, MANUAL)));
    assertThat(going(plan)).containsExactly("auto-1", "other");
  }

  @Test
  void withoutRulesOrPoliciesEverythingStays() {
    assertThat(going(plan("a@1 b@2", Map.of("p", policy(0))))).isEmpty();
    assertThat(going(plan("a@1 b@2", Map.of()))).isEmpty();
  }

  @Test
  void severalPoliciesOfAVolumeKeepWhatAnyOfThemKeeps() {
    Map<String, Object> policies = new LinkedHashMap<>();
    policies.put("p", policy(0, LAST_AUTO));
    policies.put("q", policy(2, MANUAL));
    policies.put("elsewhere", Map.of("volumes", "other", "keep", List.of()));
    assertThat(going(plan("auto-1@1 manual-1@2 x@3 y@4 auto-2@5", policies)))
        .containsExactly("auto-1", "x");
    policies.put("all", policy(0));
    assertThat(going(plan("auto-1@1 auto-2@2", policies))).isEmpty();
  }

  /** Copies of a volume that is gone at its sender get no newer ones, and age. */
  @Test
  void aFloorOfTheNewestStaysWhateverTheRulesSay() {
    var ages = Map.of("younger_than", Map.of("age", "10s"));
    var plan = plan("a@1 b@2 c@3", Map.of("p", policy(2, ages)));
    assertThat(going(plan)).containsExactly("a");
    assertThat(plan.verdict(1)).isEqualTo(new Verdict.AmongNewest(2));
    assertThat(going(plan("a@1", Map.of("p", policy(2, ages))))).isEmpty();
  }

  @Test
  void byItselfTheNewestStays() {
    var nothing = Map.of("regex", Map.of("regex", "^nothing"));
    assertThat(
            going(plan("a@1 b@2", Map.of("p", Map.of("volumes", "*", "keep", List.of(nothing))))))
        .containsExactly("a");
  }

  @Test
  void whatIsHeldStaysAndSaysWhy() {
    var plan = plan("auto-1@1+anchor.offsite auto-2@2", Map.of("p", policy(0, LAST_AUTO)));
    assertThat(going(plan)).isEmpty();
    assertThat(plan.verdict(0)).isEqualTo(new Verdict.Held(Set.of("anchor.offsite")));
    assertThat(plan.stays()).isEqualTo(2);
  }

  @Test
  void saysOfEachSnapshotWhichRulesKeepItAndWhichLetItGo() {
    var plan =
        plan(
            "auto-1@1 manual-1@2 other@3 auto-2@4",
            Map.of("p", policy(0, LAST_AUTO, MANUAL, MANUAL)));
    var rules = List.of("p: last", "p: regex", "p: regex (2)");
    assertThat(plan.verdict(0)).isEqualTo(new Verdict.Goes(rules, false));
    assertThat(plan.verdict(1)).isEqualTo(new Verdict.Kept(rules.subList(1, 3)));
    assertThat(plan.verdict(2)).isEqualTo(new Verdict.Goes(rules, true));
    assertThat(plan.verdict(3)).isEqualTo(new Verdict.Kept(rules.subList(0, 1)));
    assertThat(plan.unmatchedNames()).isEqualTo(Map.of("other", 1));
  }

  /** D6: without a cursor nothing counts as replicated, and no other rule minds. */
  @Test
  void d6APolicyThatDoesNotAskForACursorNeedsNone() {
    assertThat(going(plan("auto-1@1 auto-2@2", Map.of("p", policy(0, LAST_AUTO)))))
        .containsExactly("auto-1");
    var unsent = plan("auto-1@1 auto-2@2", Map.of("p", policy(0, LAST_AUTO, UNSENT)));
    assertThat(going(unsent)).isEmpty();
    assertThat(unsent.verdict(0)).isEqualTo(new Verdict.Kept(List.of("p: not_replicated")));
    assertThat(
            going(
                plan(
                    "auto-1@1 auto-2@2+anchor.offsite auto-3@3",
                    Map.of("p", policy(0, LAST_AUTO, UNSENT)))))
        .containsExactly("auto-1");
  }

  /** What not_replicated lets go is not looked after by it: a regex elsewhere forgot it. */
  @Test
  void aSnapshotThatOnlyNotReplicatedKeptIsOneThatNoRuleIsFor() {
    var plan = plan("by-hand@1 auto-1@2+anchor.offsite", Map.of("p", policy(0, LAST_AUTO, UNSENT)));
    assertThat(plan.unmatchedNames()).isEqualTo(Map.of("by-hand", 1));
  }

  @Property
  void combiningIsTheIntersectionOfWhatEachRuleLetsGo(
      @ForAll("histories") String taken, @ForAll("rules") List<Map<String, ?>> keep) {
    Series series = Taken.series(taken);
    BitSet all = keep.isEmpty() ? new BitSet() : series.allBut(new BitSet());
    for (Map<String, ?> rule : keep)
      all.and(plan(series, Map.of("p", policy(0, rule))).rulings().getFirst().letsGo());
    all.andNot(series.where(one -> !one.holds().isEmpty()));

    var together = plan(series, Map.of("p", policy(0, keep.toArray())));

    assertThat(together.goes()).isEqualTo(all);
  }

  @Property
  void anotherRuleOrPolicyNeverLetsMoreGo(
      @ForAll("histories") String taken,
      @ForAll("rules") List<Map<String, ?>> keep,
      @ForAll("rule") Map<String, ?> other) {
    if (keep.isEmpty()) return; // which keeps everything
    List<Object> more = new ArrayList<>(keep);
    more.add(other);
    List<String> before = going(plan(taken, Map.of("p", policy(0, keep.toArray()))));
    assertThat(before).containsAll(going(plan(taken, Map.of("p", policy(0, more.toArray())))));
    assertThat(before)
        .containsAll(
            going(plan(taken, Map.of("p", policy(0, keep.toArray()), "q", policy(0, other)))));
  }

  @Property
  void theNewestStay(
      @ForAll("histories") String taken,
      @ForAll("rules") List<Map<String, ?>> keep,
      @ForAll @IntRange(max = 5) int atLeast) {
    Series series = Taken.series(taken);
    int size = series.snapshots().size();
    var plan = plan(series, Map.of("p", policy(atLeast, keep.toArray())));
    assertThat(plan.goes().get(Math.max(0, size - atLeast), size).isEmpty()).isTrue();
    assertThat(plan.stays()).isEqualTo(size - plan.going().size());
  }

  @Provide
  Arbitrary<String> histories() {
    Arbitrary<String> name = Arbitraries.of("auto-", "manual-", "x-");
    Arbitrary<String> hold = Arbitraries.of("", "", "", "+anchor.offsite", "+mine");
    return Combinators.combine(name, Arbitraries.integers().between(1, 99), hold)
        .as((prefix, second, holds) -> prefix + "%d@" + second + holds)
        .list()
        .ofMaxSize(12)
        .map(all -> {
          var text = new StringBuilder();
          for (int i = 0; i < all.size(); i++) text.append(all.get(i).formatted(i)).append(' ');
          return text.toString();
        });
  }

  @Provide
  Arbitrary<Map<String, ?>> rule() {
    return Arbitraries.of(
        LAST_AUTO,
        MANUAL,
        UNSENT,
        Map.of("grid", Map.of("spec", "2x10s|3x20s")),
        Map.of("last", Map.of("count", 3)),
        Map.of("younger_than", Map.of("age", "950s")),
        Map.of("older_than", Map.of("age", "950s")));
  }

  @Provide
  Arbitrary<List<Map<String, ?>>> rules() {
    return rule().list().ofMaxSize(3);
  }
}
