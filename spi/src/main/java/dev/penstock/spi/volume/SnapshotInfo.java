package dev.penstock.spi.volume;

import java.time.Instant;
import java.util.Set;
import java.util.UUID;

/**
 * What a store knows of a snapshot.
 *
 * @param guid the snapshot's identity, the same wherever it was replicated to: names can be reused
 * @param name unique among the snapshots of its volume; see {@link SnapshotName}
 * @param sizeBytes how large the volume was
 * @param holds why it must not be destroyed, in the words of those who hold it
 * @since SPI 1.0
 */
public record SnapshotInfo(
    UUID guid, String name, long sizeBytes, Instant createdAt, Set<String> holds) {
  public SnapshotInfo {
    holds = Set.copyOf(holds);
  }
}
