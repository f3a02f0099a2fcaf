package dev.penstock.replication.migrate;

import dev.penstock.spi.snapshot.Meant;
import dev.penstock.spi.snapshot.Snapshots;
import dev.penstock.spi.snapshot.VolumeHistory;
import dev.penstock.spi.volume.SnapshotName;
import java.util.List;
import java.util.UUID;

/** The snapshots that migrations take, by their names: of each volume only the newest is needed. */
final class MigrationSnapshots {
  static final String PREFIX = "migration-";

  /** Holds, at the source, what the destination has. */
  static final String ANCHOR = Snapshots.ANCHOR_PREFIX + "migration";

  private MigrationSnapshots() {}

  /** Those that came before the newest one. */
  static List<Meant> olderThan(VolumeHistory history, UUID newest) {
    return history.snapshots().stream()
        .takeWhile(one -> !one.guid().equals(newest))
        .filter(one -> one.name().startsWith(PREFIX))
        .map(one -> Meant.seen(new SnapshotName(history.name(), one.name()), one.guid()))
        .toList();
  }
}
