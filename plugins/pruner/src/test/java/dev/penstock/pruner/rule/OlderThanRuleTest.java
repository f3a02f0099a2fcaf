package dev.penstock.pruner.rule;

import static dev.penstock.pruner.rule.RuleTests.made;
import static dev.penstock.pruner.rule.RuleTests.problems;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.pruner.Taken;
import dev.penstock.spi.retention.Series;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class OlderThanRuleTest {
  private final Series series = Taken.series("old@1 older@899 edge@900 now@1000 future@2000");

  @Test
  void keepsWhatIsOlderThanTheAge() {
    var rule = made(new OlderThanRule(), Map.of("age", "100s"));
    assertThat(Taken.others(series, rule.letsGo(series))).isEqualTo(List.of("old", "older"));
  }

  @Test
  void keepsOnlyNamesThatItIsFor() {
    var rule = made(new OlderThanRule(), Map.of("age", "100s", "regex", "er$"));
    assertThat(Taken.others(series, rule.letsGo(series))).isEqualTo(List.of("older"));
    assertThat(rule.isFor(Taken.at("older", 0))).isTrue();
    assertThat(rule.isFor(Taken.at("old", 0))).isFalse();
  }

  @Test
  void wantsAnAge() {
    assertThat(problems(new OlderThanRule(), Map.of("aeg", "7d")))
        .hasSize(2)
        .anyMatch(what -> what.contains("age is missing"))
        .anyMatch(what -> what.contains("did you mean age?"));
  }
}
