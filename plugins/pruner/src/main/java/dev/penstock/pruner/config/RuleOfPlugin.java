package dev.penstock.pruner.config;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.retention.ConfiguredRule;
import dev.penstock.spi.retention.RetentionRule;
import dev.penstock.spi.retention.Series;
import dev.penstock.spi.volume.SnapshotInfo;
import java.util.BitSet;
import java.util.function.Supplier;

/**
 * A rule with its settings, of whatever plugin. What a plugin throws is whatever it likes, an Error
 * too, also because it has just been unloaded: here it becomes a {@link GatewayError.Failed} that
 * names the rule, and the class, by which its plugin is known. Nothing of what was thrown is kept.
 */
record RuleOfPlugin(RetentionRule kind, RuleSettings settings, ConfiguredRule rule)
    implements ConfiguredRule {

  static ConfiguredRule read(RetentionRule kind, RuleSettings settings, Problems problems) {
    ConfiguredRule read = guarded(kind, settings, () -> kind.read(settings.settings(), problems));
    return new RuleOfPlugin(kind, settings, read);
  }

  @Override
  public BitSet letsGo(Series series) {
    return guarded(
        kind,
        settings,
        () -> {
          BitSet its = new BitSet();
          its.or(rule.letsGo(series));
          return its;
        });
  }

  @Override
  public boolean isFor(SnapshotInfo snapshot) {
    return guarded(kind, settings, () -> rule.isFor(snapshot));
  }

  private static <T> T guarded(RetentionRule kind, RuleSettings settings, Supplier<T> call) {
    try {
      return call.get();
    } catch (Throwable thrown) {
      throw new GatewayError.Failed(
          Scope.RESOURCE,
          "%s: the rule failed: %s; it lets nothing go, see to its plugin"
              .formatted(settings.label(), text(kind, thrown)));
    }
  }

  /** Which class of a plugin threw what. Does not fail, whatever the plugin's classes do. */
  static String text(RetentionRule kind, Throwable thrown) {
    String type = kind.getClass().getName();
    try {
      return type + " threw " + thrown;
    } catch (Throwable _) {
      return type + " threw " + thrown.getClass().getName();
    }
  }
}
