package dev.penstock.pruner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.pruner.config.Limits;
import dev.penstock.pruner.config.Policy;
import dev.penstock.pruner.config.PrunerConfig;
import dev.penstock.pruner.config.Rules;
import dev.penstock.pruner.run.Standings;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.metrics.Metrics;
import dev.penstock.spi.module.ModuleContext;
import dev.penstock.spi.module.ModuleState;
import dev.penstock.spi.retention.RetentionRule;
import dev.penstock.spi.testing.FakeState;
import dev.penstock.spi.testing.Manual;
import dev.penstock.spi.testing.TestSettings;
import java.lang.reflect.Proxy;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The manual page says what the code does: settings, defaults, rules, events, metrics. */
class ReadmeTest {
  private final Manual readme = Manual.of("README.md");

  @Test
  void everySettingIsThere() {
    assertThat(readme.rows("| setting |").keySet()).isEqualTo(Manual.keys(PrunerConfig.class));
    Set<String> policy = Manual.keys(Policy.class);
    policy.remove("name"); // the key itself
    assertThat(readme.rows("| setting of a policy |").keySet()).isEqualTo(policy);
  }

  @Test
  void everyLimitIsThereWithItsDefault() {
    Map<String, String> rows = readme.rows("| limit |");
    var problems = new Problems();
    var config =
        PrunerConfig.read(
            TestSettings.block("pruner", Map.of("limits", rows)),
            new Rules(new OwnRules()),
            problems);
    assertThat(rows.keySet()).isEqualTo(Manual.keys(Limits.class));
    assertThat(problems.inOrder()).isEmpty();
    assertThat(config.limits()).isEqualTo(Limits.DEFAULTS);
  }

  @Test
  void everyRuleIsThere() {
    assertThat(readme.rows("| rule |").keySet())
        .isEqualTo(
            new OwnRules()
                .of(RetentionRule.class).stream()
                    .map(RetentionRule::key)
                    .collect(Collectors.toCollection(TreeSet::new)));
  }

  @Test
  void everyEventIsThere() {
    Set<String> types = Manual.events(PrunerObserver.class);
    types.removeIf(type -> !type.startsWith("pruner."));
    assertThat(readme.rows("| type |").keySet()).isEqualTo(types);
  }

  @Test
  void everyMetricIsThere() {
    Set<String> made = new TreeSet<>();
    new PrunerObserver(context(new Manual.MetricNames(made))).show(new Standings());
    assertThat(readme.rows("| metric |").keySet()).isEqualTo(made);
  }

  /** Only what an observer asks for when it is made. */
  private static ModuleContext context(Metrics metrics) {
    ModuleState state = new FakeState();
    return (ModuleContext)
        Proxy.newProxyInstance(
            ModuleContext.class.getClassLoader(),
            new Class<?>[] {ModuleContext.class},
            (_, method, _) ->
                switch (method.getName()) {
                  case "metrics" -> metrics;
                  case "state" -> state;
                  default -> throw new AssertionError(method);
                });
  }
}
