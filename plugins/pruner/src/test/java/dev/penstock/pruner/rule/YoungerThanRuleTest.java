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

class YoungerThanRuleTest {
  @ParameterizedTest(name = "{0}, /{1}/: {2}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          100s | ''  | edge-younger@901 now@1000 future@2000
          101s | ''  | edge@900 edge-younger@901 now@1000 future@2000
          100s | now | now@1000
          1d   | ''  | old@1 edge@900 edge-younger@901 now@1000 future@2000
          """)
  void keepsUntilTheAgeIsReached(String age, String regex, String kept) {
    Series series = Taken.series("old@1 edge@900 edge-younger@901 now@1000 future@2000");
    var rule = made(new YoungerThanRule(), Map.of("age", age, "regex", regex));
    assertThat(Taken.others(series, rule.letsGo(series)))
        .isEqualTo(Taken.names(Taken.series(kept), Taken.series(kept).where(_ -> true)));
  }

  @Test
  void wantsAnAge() {
    assertThat(problems(new YoungerThanRule(), Map.of()))
        .singleElement()
        .asString()
        .contains("age is missing");
    assertThat(problems(new YoungerThanRule(), Map.of("age", "0")))
        .singleElement()
        .asString()
        .contains("age is 0");
    assertThat(problems(new YoungerThanRule(), Map.of("age", "7 days")))
        .singleElement()
        .asString()
        .contains("it takes a duration");
  }
}
