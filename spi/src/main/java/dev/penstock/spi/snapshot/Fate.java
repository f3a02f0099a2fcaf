package dev.penstock.spi.snapshot;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.volume.SnapshotName;

/**
 * What became of a snapshot that was to be destroyed.
 *
 * @since SPI 1.0
 */
public sealed interface Fate {
  SnapshotName name();

  /** It is gone, durably. */
  record Destroyed(SnapshotName name) implements Fate {}

  /**
   * Somebody needs it: it stays for now, and that is no failure.
   *
   * @param holders who, and what for: "module replication: job offsite (send)"
   */
  record Deferred(SnapshotName name, String holders) implements Fate {}

  /** It is still there, or nobody knows. */
  record Failed(SnapshotName name, GatewayError why) implements Fate {}
}
