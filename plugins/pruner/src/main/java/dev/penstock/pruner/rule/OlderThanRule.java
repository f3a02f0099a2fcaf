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

/** Keeps those that are older than an age: what has been there for long, and is to stay. */
@Extension
public final class OlderThanRule implements RetentionRule {
  @Override
  public String key() {
    return "older_than";
  }

  @Override
  public String summary() {
    return "Keeps snapshots that are older than an age";
  }

  @Override
  public ConfiguredRule read(Block settings, Problems problems) {
    Duration age = Age.read(settings, problems);
    NamePattern names = NamePattern.read(settings, problems);
    settings.refuseOtherKeys(problems);
    return new OlderThan(age, names);
  }

  /** One that is just as old as that goes. */
  record OlderThan(Duration age, NamePattern names) implements ConfiguredRule {
    @Override
    public BitSet letsGo(Series series) {
      Instant edge = Age.takenAt(series, age);
      return series.where(one -> !one.createdAt().isBefore(edge) || !names.fits(one));
    }

    @Override
    public boolean isFor(SnapshotInfo snapshot) {
      return names.fits(snapshot);
    }
  }
}
