package dev.penstock.replication.site;

import dev.penstock.replication.flow.Arrival;
import dev.penstock.replication.plan.Plan.Preparation;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.snapshot.Snapshots.Histories;
import dev.penstock.spi.snapshot.VolumeHistory;
import dev.penstock.spi.stream.StreamHeader;
import dev.penstock.spi.volume.SnapshotInfo;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * Who gets the copies. Volumes go by the sender's names; what they are called here is the
 * receiver's own business.
 *
 * <p><b>Threads.</b> Those of tasks; calls wait, each for a limit at most, and can be interrupted.
 * <b>Errors.</b> {@link GatewayError}; of scope {@link GatewayError.Scope#CONNECTION} if a peer
 * does not answer.
 */
public interface Receiver {
  /** The copies that there are. */
  Histories histories() throws InterruptedException;

  /** One of them; empty if there is none, and nothing of one. */
  Optional<VolumeHistory> history(String volume) throws InterruptedException;

  /** Whether a copy may be brought back to an older snapshot. */
  boolean consentsToRollBack() throws InterruptedException;

  /** Of snapshots that are planned, those that would be destroyed here as soon as they came. */
  Set<UUID> letsGo(String volume, List<SnapshotInfo> planned) throws InterruptedException;

  /** What has to be done before anything is received. */
  void prepare(String volume, Preparation what) throws InterruptedException;

  /**
   * Holds a snapshot as what both sides have, under {@link
   * dev.penstock.replication.flow.IncomingStream#ANCHOR}. What is received is held from its first
   * moment; this is for a copy that came about in another way.
   */
  void anchor(String volume, String snapshot, UUID guid) throws InterruptedException;

  /**
   * Begins to receive what the header announces. Once it is complete, the newest snapshot of the
   * copy is the one that was announced: that has been looked at.
   */
  Arrival receive(String volume, StreamHeader header) throws InterruptedException;
}
