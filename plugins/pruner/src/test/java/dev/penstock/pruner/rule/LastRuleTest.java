package dev.penstock.pruner.rule;

import static dev.penstock.pruner.rule.RuleTests.made;
import static dev.penstock.pruner.rule.RuleTests.problems;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.pruner.Taken;
import dev.penstock.spi.retention.Series;
import dev.penstock.spi.volume.SnapshotInfo;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LastRuleTest {
  @ParameterizedTest(name = "the last {0} of {2} with /{1}/: {3}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          1 | ''  | a@1 b@2 c@3           | c
          2 | ''  | a@1 b@2 c@3           | b c
          9 | ''  | a@1 b@2 c@3           | a b c
          1 | ''  | ''                    | ''
          2 | ^a  | a1@1 b1@2 a2@3 a3@4   | a2 a3
          2 | a   | ba@1 b@2              | ba
          1 | ''  | b@5 a@5               | b
          1 | ''  | a@9 b@2               | a
          2 | ''  | a@9 b@2 c@3           | a c
          """)
  void keepsTheYoungestByDateAndThenByName(int count, String regex, String taken, String kept) {
    Series series = Taken.series(taken);
    var rule = made(new LastRule(), Map.of("count", count, "regex", regex));
    assertThat(String.join(" ", Taken.others(series, rule.letsGo(series)))).isEqualTo(kept);
  }

  @Property
  void keepsWhatSortingWouldKeep(
      @ForAll @Size(max = 30) List<@IntRange(max = 8) Integer> seconds,
      @ForAll @IntRange(min = 1, max = 12) int count) {
    List<SnapshotInfo> all = new ArrayList<>();
    for (int second : seconds) all.add(Taken.at("s" + all.size(), second));
    Series series = Taken.series(all);

    BitSet letGo = made(new LastRule(), Map.of("count", count)).letsGo(series);

    var youngestFirst =
        Comparator.comparing(SnapshotInfo::createdAt).thenComparing(SnapshotInfo::name).reversed();
    assertThat(Taken.others(series, letGo))
        .containsExactlyInAnyOrderElementsOf(
            all.stream().sorted(youngestFirst).limit(count).map(SnapshotInfo::name).toList());
  }

  @Test
  void reportsEveryProblemAtOnce() {
    assertThat(problems(new LastRule(), Map.of("count", 0, "regex", "(", "cuont", 3)))
        .hasSize(3)
        .anyMatch(what -> what.contains("count is 0"))
        .anyMatch(what -> what.contains("no regular expression"))
        .anyMatch(what -> what.contains("did you mean count?"));
    assertThat(problems(new LastRule(), Map.of())).singleElement().asString().contains("missing");
  }

  @Test
  void isForNamesInWhichItsExpressionIsFound() {
    var rule = made(new LastRule(), Map.of("count", 1, "regex", "auto"));
    assertThat(rule.isFor(Taken.at("x-auto-1", 0))).isTrue();
    assertThat(rule.isFor(Taken.at("before-upgrade", 0))).isFalse();
  }
}
