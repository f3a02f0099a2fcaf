package dev.penstock.pruner.rule;

import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.retention.ConfiguredRule;
import dev.penstock.spi.retention.RetentionRule;
import dev.penstock.spi.retention.Series;
import dev.penstock.spi.volume.SnapshotInfo;
import java.util.BitSet;
import org.pf4j.Extension;

/** Keeps those with certain names; with {@code negate} those with other names. */
@Extension
public final class RegexRule implements RetentionRule {
  @Override
  public String key() {
    return "regex";
  }

  @Override
  public String summary() {
    return "Keeps snapshots with certain names";
  }

  @Override
  public ConfiguredRule read(Block settings, Problems problems) {
    settings.requiredText(NamePattern.KEY, problems);
    NamePattern names = NamePattern.read(settings, problems);
    boolean negate = settings.bool("negate", false, problems);
    settings.refuseOtherKeys(problems);
    return new Regex(names, negate);
  }

  /** What it keeps it keeps for ever. */
  record Regex(NamePattern names, boolean negate) implements ConfiguredRule {
    @Override
    public BitSet letsGo(Series series) {
      BitSet fitting = names.in(series);
      return negate ? fitting : series.allBut(fitting);
    }

    @Override
    public boolean isFor(SnapshotInfo snapshot) {
      return names.fits(snapshot) != negate;
    }
  }
}
