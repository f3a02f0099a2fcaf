package dev.penstock.pruner.rule;

import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.retention.ConfiguredRule;
import dev.penstock.spi.retention.RetentionRule;
import dev.penstock.spi.retention.Series;
import dev.penstock.spi.volume.SnapshotInfo;
import java.time.Duration;
import java.time.Instant;
import java.util.BitSet;
import org.pf4j.Extension;

/** Keeps those that are younger than an age. */
@Extension
public final class YoungerThanRule implements RetentionRule {
  @Override
  public String key() {
    return "younger_than";
  }

  @Override
  public String summary() {
    return "Keeps snapshots until they reach an age";
  }

  @Override
  public ConfiguredRule read(Block settings, Problems problems) {
    Duration age = Age.read(settings, problems);
    NamePattern names = NamePattern.read(settings, problems);
    settings.refuseOtherKeys(problems);
    return new YoungerThan(age, names);
  }

  /** One that is just as old as that goes. */
  record YoungerThan(Duration age, NamePattern names) implements ConfiguredRule {
    @Override
    public BitSet letsGo(Series series) {
      Instant edge = Age.takenAt(series, age);
      return series.where(one -> !one.createdAt().isAfter(edge) || !names.fits(one));
    }

    @Override
    public boolean isFor(SnapshotInfo snapshot) {
      return names.fits(snapshot);
    }
  }
}
