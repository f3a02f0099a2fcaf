package dev.penstock.pruner.rule;

import dev.penstock.spi.retention.Series;
import dev.penstock.spi.volume.SnapshotInfo;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;

/**
 * Snapshots by their dates. Those of a series are in the order in which they came to be, which is
 * the order of their dates but for clocks that jumped: then nothing has to be sorted.
 */
final class ByDate {
  /** Of two of one date the one that came later is the younger. */
  static final Comparator<SnapshotInfo> DATE = Comparator.comparing(SnapshotInfo::createdAt);

  /** Of two of one date the one with the greater name is the younger. */
  static final Comparator<SnapshotInfo> DATE_AND_NAME = DATE.thenComparing(SnapshotInfo::name);

  private ByDate() {}

  /** The places of some snapshots, the oldest first. */
  static int[] places(Series series, BitSet of, Comparator<SnapshotInfo> order) {
    int[] places = of.stream().toArray();
    var snapshots = series.snapshots();
    for (int i = 1; i < places.length; i++)
      if (order.compare(snapshots.get(places[i - 1]), snapshots.get(places[i])) > 0)
        return sorted(places, Comparator.comparing(snapshots::get, order));
    return places;
  }

  private static int[] sorted(int[] places, Comparator<Integer> order) {
    return Arrays.stream(places).boxed().sorted(order).mapToInt(Integer::intValue).toArray();
  }
}
