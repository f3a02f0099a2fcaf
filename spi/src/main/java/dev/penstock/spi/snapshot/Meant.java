package dev.penstock.spi.snapshot;

import dev.penstock.spi.volume.SnapshotName;
import java.util.Optional;
import java.util.UUID;

/**
 * A snapshot that is meant.
 *
 * @param guid what it was when it was seen; empty for whatever has the name now
 * @since SPI 1.0
 */
public record Meant(SnapshotName name, Optional<UUID> guid) {
  /** The one that was seen, and no other of its name. */
  public static Meant seen(SnapshotName name, UUID guid) {
    return new Meant(name, Optional.of(guid));
  }
}
