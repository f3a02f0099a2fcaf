package dev.penstock.pruner.rule;

import dev.penstock.pruner.rule.Grid.Alignment;
import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.retention.ConfiguredRule;
import dev.penstock.spi.retention.RetentionRule;
import dev.penstock.spi.retention.Series;
import dev.penstock.spi.volume.SnapshotInfo;
import java.time.Instant;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.pf4j.Extension;

/** Keeps fewer the older they are: see {@link Grid}. */
@Extension
public final class GridRule implements RetentionRule {
  @Override
  public String key() {
    return "grid";
  }

  @Override
  public String summary() {
    return "Keeps fewer snapshots the older they are";
  }

  @Override
  public ConfiguredRule read(Block settings, Problems problems) {
    List<Grid.Run> runs = List.of();
    String spec = settings.requiredText("spec", problems);
    try {
      if (!spec.isEmpty()) runs = GridSpec.parse(spec);
    } catch (GridSpec.NoGrid e) {
      problems.add(settings.at("spec"), "%s: spec: %s".formatted(settings.name(), e.getMessage()));
    }
    Alignment alignment =
        switch (settings.text("align", "newest", problems)) {
          case "newest" -> Alignment.NEWEST;
          case "epoch" -> Alignment.EPOCH;
          default -> {
            problems.add(
                settings.at("align"), "%s: align takes newest or epoch".formatted(settings.name()));
            yield Alignment.NEWEST;
          }
        };
    NamePattern names = NamePattern.read(settings, problems);
    settings.refuseOtherKeys(problems);
    return new Gridded(new Grid(runs, alignment), names);
  }

  /** Now is the date of the newest snapshot that it is for, and not the time of day. */
  record Gridded(Grid grid, NamePattern names) implements ConfiguredRule {
    @Override
    public BitSet letsGo(Series series) {
      int[] places = ByDate.places(series, names.in(series), ByDate.DATE);
      BitSet keptPlaces = new BitSet(series.snapshots().size());
      if (places.length > 0) {
        long[] nanos = new long[places.length];
        for (int i = 0; i < places.length; i++)
          nanos[i] = nanos(series.snapshots().get(places[i]).createdAt());
        grid.kept(nanos, nanos[nanos.length - 1]).stream().forEach(i -> keptPlaces.set(places[i]));
      }
      return series.allBut(keptPlaces);
    }

    @Override
    public boolean isFor(SnapshotInfo snapshot) {
      return names.fits(snapshot);
    }

    /** Since the epoch; a date that does not fit is the first or the last that does. */
    private static long nanos(Instant date) {
      long seconds = date.getEpochSecond();
      long whole = TimeUnit.SECONDS.toNanos(seconds);
      if (whole == Long.MIN_VALUE || whole == Long.MAX_VALUE) return whole;
      long nanos = whole + date.getNano();
      return nanos < whole ? Long.MAX_VALUE : nanos;
    }
  }
}
