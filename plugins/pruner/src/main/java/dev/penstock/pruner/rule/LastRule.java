package dev.penstock.pruner.rule;

import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.retention.ConfiguredRule;
import dev.penstock.spi.retention.RetentionRule;
import dev.penstock.spi.retention.Series;
import dev.penstock.spi.volume.SnapshotInfo;
import java.util.BitSet;
import org.pf4j.Extension;

/** Keeps the youngest {@code count}. */
@Extension
public final class LastRule implements RetentionRule {
  @Override
  public String key() {
    return "last";
  }

  @Override
  public String summary() {
    return "Keeps the youngest snapshots, so many";
  }

  @Override
  public ConfiguredRule read(Block settings, Problems problems) {
    NamePattern names = NamePattern.read(settings, problems);
    int count = 1;
    if (settings.has("count")) count = settings.integer("count", 1, problems);
    else
      problems.add(
          settings.at(), "%s: count is missing: how many to keep".formatted(settings.name()));
    if (count < 1)
      problems.add(
          settings.at("count"),
          "%s: count is %d; it takes at least 1".formatted(settings.name(), count));
    settings.refuseOtherKeys(problems);
    return new Last(count, names);
  }

  /** The youngest by date; of those of one date the ones with the greater names. */
  record Last(int count, NamePattern names) implements ConfiguredRule {
    @Override
    public BitSet letsGo(Series series) {
      BitSet kept = new BitSet(series.snapshots().size());
      int[] places = ByDate.places(series, names.in(series), ByDate.DATE_AND_NAME);
      for (int i = Math.max(0, places.length - count); i < places.length; i++) kept.set(places[i]);
      return series.allBut(kept);
    }

    @Override
    public boolean isFor(SnapshotInfo snapshot) {
      return names.fits(snapshot);
    }
  }
}
