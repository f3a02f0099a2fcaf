package dev.penstock.spi.snapshot;

import dev.penstock.spi.volume.Partial;
import dev.penstock.spi.volume.SnapshotInfo;
import dev.penstock.spi.volume.VolumeInfo;
import java.util.List;
import java.util.Optional;

/**
 * A volume and its snapshots, as they are at one moment.
 *
 * @param volume empty while its first snapshot is being received: then it is not there yet
 * @param name the one that it has, or will have
 * @param snapshots the oldest first
 * @param partial what has come of a snapshot that is not here yet
 * @since SPI 1.0
 */
public record VolumeHistory(
    String name,
    Optional<VolumeInfo> volume,
    String store,
    List<SnapshotInfo> snapshots,
    Optional<Partial> partial) {
  public VolumeHistory {
    snapshots = List.copyOf(snapshots);
  }
}
