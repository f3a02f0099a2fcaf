package dev.penstock.pruner.rule;

import static dev.penstock.pruner.rule.RuleTests.made;
import static dev.penstock.pruner.rule.RuleTests.problems;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.pruner.Taken;
import dev.penstock.spi.retention.Series;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RegexRuleTest {
  @ParameterizedTest(name = "/{0}/, negated {1}: keeps {2}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          ^auto-   | false | auto-1 auto-2
          ^auto-   | true  | by-hand
          -        | false | auto-1 auto-2 by-hand
          1$       | false | auto-1
          nothing  | false | ''
          nothing  | true  | auto-1 auto-2 by-hand
          """)
  void keepsNamesInWhichTheExpressionIsFound(String regex, boolean negate, String kept) {
    Series series = Taken.series("auto-1@1 auto-2@2 by-hand@3");
    var rule = made(new RegexRule(), Map.of("regex", regex, "negate", negate));
    assertThat(String.join(" ", Taken.others(series, rule.letsGo(series)))).isEqualTo(kept);
    for (var snapshot : series.snapshots())
      assertThat(rule.isFor(snapshot)).isEqualTo(kept.contains(snapshot.name()));
  }

  @Test
  void wantsAnExpressionThatCanBeRead() {
    assertThat(problems(new RegexRule(), Map.of())).singleElement().asString().contains("missing");
    assertThat(problems(new RegexRule(), Map.of("regex", "[a", "negate", "maybe")))
        .hasSize(2)
        .anyMatch(what -> what.contains("no regular expression"))
        .anyMatch(what -> what.contains("true or false"));
  }
}
