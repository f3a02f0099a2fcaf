package dev.penstock.spi.retention;

import dev.penstock.spi.volume.SnapshotInfo;
import java.time.Instant;
import java.util.BitSet;
import java.util.List;
import java.util.function.Predicate;

/**
 * The snapshots of one volume, as a rule looks at them.
 *
 * @param snapshots in the order in which they came to be, the oldest first. Dates are usually in
 *     that order too, and need not be: clocks jump. What a snapshot is held by, anchors of
 *     replication among it, is in {@link SnapshotInfo#holds}
 * @param now the time of day; what was taken in the future, by this clock, can be among them
 * @since SPI 1.0
 */
public record Series(String volume, List<SnapshotInfo> snapshots, Instant now) {
  public Series {
    snapshots = List.copyOf(snapshots);
  }

  /** The places of those that are so. */
  public BitSet where(Predicate<SnapshotInfo> so) {
    BitSet places = new BitSet(snapshots.size());
    for (int i = 0; i < snapshots.size(); i++) if (so.test(snapshots.get(i))) places.set(i);
    return places;
  }

  /** All places but these. */
  public BitSet allBut(BitSet places) {
    BitSet others = new BitSet(snapshots.size());
    others.set(0, snapshots.size());
    others.andNot(places);
    return others;
  }
}
