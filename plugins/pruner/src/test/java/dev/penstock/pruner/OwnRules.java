package dev.penstock.pruner;

import dev.penstock.pruner.rule.GridRule;
import dev.penstock.pruner.rule.LastRule;
import dev.penstock.pruner.rule.NotReplicatedRule;
import dev.penstock.pruner.rule.OlderThanRule;
import dev.penstock.pruner.rule.RegexRule;
import dev.penstock.pruner.rule.YoungerThanRule;
import dev.penstock.spi.module.Extensions;
import dev.penstock.spi.retention.RetentionRule;
import java.util.ArrayList;
import java.util.List;
import org.pf4j.ExtensionPoint;

/** As the host lends them: the rules of this plugin, and those of others. */
public final class OwnRules implements Extensions {
  private final List<RetentionRule> others = new ArrayList<>();

  public OwnRules(RetentionRule... others) {
    this.others.addAll(List.of(others));
  }

  @Override
  public <T extends ExtensionPoint> List<T> of(Class<T> type) {
    if (!type.equals(RetentionRule.class)) return List.of();
    List<RetentionRule> all =
        new ArrayList<>(
            List.of(
                new GridRule(),
                new LastRule(),
                new NotReplicatedRule(),
                new OlderThanRule(),
                new RegexRule(),
                new YoungerThanRule()));
    all.addAll(others);
    return all.stream().map(type::cast).toList();
  }
}
