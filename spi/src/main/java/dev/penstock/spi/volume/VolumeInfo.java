package dev.penstock.spi.volume;

import dev.penstock.spi.GatewayError;
import java.time.Instant;
import java.util.UUID;

/**
 * What a store knows of a volume without opening it.
 *
 * @param guid the volume's identity: names can be reused and clocks can jump, so nothing is decided
 *     by either
 * @param name unique within a store; see {@link VolumeName}
 * @param sizeBytes what a client sees
 * @param storedBytes what it takes in the store, as far as the store can tell; 0 if it cannot
 * @param replica whether it is a copy that follows another volume: nobody writes it but who
 *     receives its snapshots, until {@link VolumeStore#setReplica} says otherwise
 * @since SPI 1.0
 */
public record VolumeInfo(
    UUID guid, String name, long sizeBytes, long storedBytes, Instant createdAt, boolean replica) {
  /** A volume that is nobody's copy. */
  public VolumeInfo(UUID guid, String name, long sizeBytes, long storedBytes, Instant createdAt) {
    this(guid, name, sizeBytes, storedBytes, createdAt, false);
  }

  /** The same, as a replica or not. */
  public VolumeInfo as(boolean isReplica) {
    return new VolumeInfo(guid, name, sizeBytes, storedBytes, createdAt, isReplica);
  }

  /**
   * {@link GatewayError.Conflict} for one that somebody may write: what it has would be lost by
   * what it receives.
   */
  public void requireReplica() {
    if (!replica)
      throw new GatewayError.Conflict(
          "volume %s is no replica, and what it has would be lost: it receives nothing; make it one with penstock volume demote %s"
              .formatted(name, name));
  }
}
