package dev.penstock.replication.site;

import dev.penstock.replication.flow.Bytes;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.snapshot.Snapshots.Histories;
import dev.penstock.spi.snapshot.VolumeHistory;
import dev.penstock.spi.stream.StreamHeader;
import java.util.Set;
import java.util.UUID;

/**
 * Who has the volumes of a job.
 *
 * <p><b>Threads.</b> Those of tasks; calls wait, each for a limit at most, and can be interrupted.
 * <b>Errors.</b> {@link GatewayError}; of scope {@link GatewayError.Scope#CONNECTION} if a peer
 * does not answer.
 */
public interface Sender {
  /** The volumes that may be sent, by the sender's names. */
  Histories histories() throws InterruptedException;

  /** One of them; {@link GatewayError.NotFound} if it is none. */
  VolumeHistory history(String volume) throws InterruptedException;

  /**
   * A plan needs these snapshots, and no others, of the volume. {@link GatewayError.Conflict} or
   * {@link GatewayError.NotFound} if one is no longer to be had: then plan again.
   */
  void need(String volume, Set<UUID> snapshots) throws InterruptedException;

  /** The tag by which the anchor is known among a snapshot's holds. */
  String anchorTag();

  /** The receiver has this snapshot, durably: it becomes the anchor. Done if it is already. */
  void anchor(String volume, String snapshot, UUID guid) throws InterruptedException;

  /** The stream that brings {@code header.to()}, which is {@code header.name()} of the volume. */
  Bytes open(String volume, StreamHeader header) throws InterruptedException;
}
