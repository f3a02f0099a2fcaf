package dev.penstock.pruner.rule;

import dev.penstock.spi.config.Problems;
import dev.penstock.spi.retention.ConfiguredRule;
import dev.penstock.spi.retention.RetentionRule;
import dev.penstock.spi.testing.TestSettings;
import java.util.List;
import java.util.Map;

/** Rules as a configuration makes them. */
final class RuleTests {
  private RuleTests() {}

  static ConfiguredRule made(RetentionRule rule, Map<String, ?> settings) {
    var problems = new Problems();
    ConfiguredRule made = rule.read(TestSettings.block("keep." + rule.key(), settings), problems);
    if (!problems.isEmpty()) throw new AssertionError(problems.inOrder().toString());
    return made;
  }

  static List<String> problems(RetentionRule rule, Map<String, ?> settings) {
    var problems = new Problems();
    rule.read(TestSettings.block("keep." + rule.key(), settings), problems);
    return problems.inOrder().stream().map(Problems.Problem::what).toList();
  }
}
