package dev.penstock.pruner.config;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.config.Nearest;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.module.Extensions;
import dev.penstock.spi.retention.ConfiguredRule;
import dev.penstock.spi.retention.RetentionRule;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The rules that plugins bring now, ours and others' alike. Lives for one check or one plan: see
 * {@link Extensions}.
 */
public final class Rules {
  /** A plugin is back after a reload within seconds; one that was unloaded may stay away. */
  private static final Duration ASK_AGAIN = Duration.ofSeconds(30);

  private final Map<String, RetentionRule> rules = new TreeMap<>();
  private final List<String> nameless = new ArrayList<>();

  public Rules(Extensions extensions) {
    for (RetentionRule rule : extensions.of(RetentionRule.class))
      try {
        rules.put(rule.key(), rule);
      } catch (Throwable thrown) { // one plugin's bug is nothing to the rules of others
        nameless.add(RuleOfPlugin.text(rule, thrown));
      }
  }

  /** For whoever misses a rule: perhaps it is one of those that cannot say what they are called. */
  private String nameless() {
    return nameless.isEmpty()
        ? ""
        : "; of some the key is not known: " + String.join("; ", nameless);
  }

  /** Every problem goes to {@code problems}; that no plugin brings such a rule is one. */
  Optional<ConfiguredRule> check(RuleSettings rule, Problems problems) {
    RetentionRule found = rules.get(rule.key());
    if (found == null) {
      String nearest =
          Nearest.to(rule.key(), rules.keySet())
              .map(key -> "; did you mean " + key + "?")
              .orElse("");
      problems.add(
          rule.settings().at(),
          "%s: no plugin brings the rule %s%s%s"
              .formatted(rule.settings().name(), rule.key(), nearest, nameless()));
      return Optional.empty();
    }
    int before = problems.count();
    try {
      ConfiguredRule made = read(found, rule, problems);
      return problems.count() == before ? Optional.of(made) : Optional.empty();
    } catch (GatewayError.Failed e) {
      problems.add(rule.settings().at(), e.what());
      return Optional.empty();
    }
  }

  /**
   * The rule. {@link GatewayError.Unavailable} if no plugin brings it now, {@link
   * GatewayError.Invalid} if it has become another that does not take these settings, {@link
   * GatewayError.Failed} if it fails to read them, and from the rule whenever it fails.
   */
  public ConfiguredRule make(RuleSettings rule) {
    RetentionRule found = rules.get(rule.key());
    if (found == null)
      throw new GatewayError.Unavailable(
          Scope.RESOURCE,
          ASK_AGAIN,
          "%s: no plugin brings this rule now; load one (penstock plugin list)%s"
              .formatted(rule.label(), nameless()));
    var problems = new Problems();
    ConfiguredRule made = read(found, rule, problems);
    if (problems.isEmpty()) return made;
    throw new GatewayError.Invalid("%s: %s".formatted(rule.label(), problems.inOrder().getFirst()));
  }

  /** A block remembers what was read of it, and is for one thread at a time. */
  private static ConfiguredRule read(RetentionRule rule, RuleSettings with, Problems problems) {
    synchronized (with.settings()) {
      return RuleOfPlugin.read(rule, with, problems);
    }
  }
}
