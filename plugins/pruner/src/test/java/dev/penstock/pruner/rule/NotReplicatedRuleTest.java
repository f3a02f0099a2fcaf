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

class NotReplicatedRuleTest {
  @ParameterizedTest(name = "{0}, keep at cursor {1}: lets {2} go")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          a@1 b@2 c@3+anchor.offsite d@4                   | true  | a b
          a@1 b@2 c@3+anchor.offsite d@4                   | false | a b c
          a@1 b@2+anchor.other c@3 d@4                     | true  | ''
          a@1 b@2+offsite c@3 d@4                          | true  | ''
          a@1+anchor.offsite b@2 c@3+anchor.offsite d@4    | true  | a b
          a@9 b@8 c@7+anchor.offsite d@1                   | true  | a b
          a@1 b@2 c@3+anchor.vault.offsite d@4             | true  | ''
          """)
  void letsGoWhatCameBeforeTheCursorOfItsJob(String taken, boolean keepAtCursor, String letGo) {
    Series series = Taken.series(taken);
    var rule =
        made(
            new NotReplicatedRule(),
            Map.of("job", "offsite", "keep_snapshot_at_cursor", keepAtCursor));
    assertThat(String.join(" ", Taken.names(series, rule.letsGo(series)))).isEqualTo(letGo);
  }

  @Test
  void aJobOfAPeerThatPullsIsNamedWithIt() {
    Series series = Taken.series("a@1 b@2 c@3+anchor.vault.offsite d@4");
    var rule = made(new NotReplicatedRule(), Map.of("job", "vault.offsite"));
    assertThat(Taken.names(series, rule.letsGo(series))).containsExactly("a", "b");
  }

  @Test
  void wantsAJob() {
    assertThat(problems(new NotReplicatedRule(), Map.of("jbo", "offsite")))
        .hasSize(2)
        .anyMatch(what -> what.contains("job is missing"));
  }

  @Test
  void saysOfNoSnapshotForHowLongItIsKept() {
    var rule = made(new NotReplicatedRule(), Map.of("job", "offsite"));
    assertThat(rule.isFor(Taken.at("a", 1))).isFalse();
  }
}
