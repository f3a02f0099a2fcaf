package dev.penstock.spi.handoff;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.ownership.Ownership;
import dev.penstock.spi.volume.OpenVolume;
import dev.penstock.spi.volume.SnapshotInfo;
import dev.penstock.spi.volume.Volume;
import dev.penstock.spi.volume.VolumeUser;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * Who owns the volumes of all stores, and what a module that hands them over does with them.
 *
 * <p><b>Threads.</b> Any; nothing here blocks. What is done to one volume is done one step after
 * another. <b>Errors</b> arrive in the futures.
 *
 * @since SPI 1.0
 */
public interface Handoffs {
  /**
   * What holds a snapshot of something that was written where it was not owned any more, and what
   * the name of such a snapshot begins with.
   */
  String ORPHAN = "orphan";

  /** What follows from what is known: a pure function, which may refuse. */
  @FunctionalInterface
  interface Step {
    /**
     * @param now empty if nothing is known of the volume: no data, and no record
     * @throws GatewayError to leave everything as it is; the future fails with it
     */
    Ownership next(Optional<Ownership> now);
  }

  /** Every record, by volume: also those whose data is gone. Does not fail. */
  Future<Map<String, Ownership>> recorded();

  /**
   * What is known of one: its record; without one, {@link Ownership#PLAIN} for a volume, and {@link
   * Ownership#NONE} for a replica. Empty if there is nothing at all. Fails while a store that might
   * know does not answer.
   */
  Future<Optional<Ownership>> find(String volume);

  /**
   * Moves a volume's record on, in the turn of the volume; durable when the future succeeds. If it
   * stays as it was, nothing is written.
   *
   * <p>{@link GatewayError.Conflict} if the volume is in use in a way that the new record does not
   * allow: whoever is to give up, or to receive, a volume has no writer that goes on.
   *
   * @param store where the record is kept of a volume that no store knows yet
   */
  Future<Ownership> change(String volume, String store, Step step);

  /**
   * As {@link #change}, for what turns out to be owned elsewhere while it is used here: if the step
   * gives up what is owned, everybody who uses it is held still and halted first, and what is there
   * becomes a snapshot that is held as an {@link #ORPHAN}. Whoever used it is then led on by {@link
   * #leadOn}; or, if the volume is {@link Ownership.Forked}, all that he asks is refused.
   *
   * <p>If it fails everything is as it was, and there is no orphan.
   *
   * @param limit how long it may take to hold still, and once more to halt
   */
  default Future<Fenced> fence(String volume, Step step, Duration limit) {
    return Future.failedFuture(
        new GatewayError.Unsupported("this host gives up nothing that is used"));
  }

  /**
   * What became of it.
   *
   * @param orphan what was there; empty if it is still owned here, was not owned before, or its
   *     store has no snapshots
   */
  record Fenced(Ownership now, Optional<SnapshotInfo> orphan) {}

  /**
   * Holds a volume still, so that it can be handed over: as before a snapshot, but it stays so.
   *
   * @param limit how long it may take, settling included
   */
  Future<Frozen> freeze(String volume, Duration limit);

  /**
   * Has those who write a volume write no more than this, all together for each of them, until it
   * is said anew. Ends with the module. Who writes it from now on is not asked.
   *
   * <p>{@link GatewayError.Unsupported} if one of them cannot; the others do.
   *
   * @param writtenBytesPerSecond 0 for no limit
   */
  default Future<Void> pace(String volume, long writtenBytesPerSecond) {
    return Future.failedFuture(
        new GatewayError.Unsupported("this host has nobody write any slower"));
  }

  /**
   * Opens a volume for a request that another gateway sends on: beside whoever writes it here, for
   * the clients are those of one volume. What was handed over leads on to its successor.
   *
   * <p>{@link GatewayError.Unavailable} if it is neither owned here nor handed over.
   */
  Future<OpenVolume> join(String volume, VolumeUser user);

  /**
   * Opens a volume that is {@link Ownership.Receiving} for whoever brings its bytes, as its only
   * writer. Without data yet, it is made of this size, beside its record, and reads as zeroes.
   *
   * <p>{@link GatewayError.Conflict} if it is not being received, has another size, or somebody
   * writes it.
   */
  default Future<OpenVolume> receive(String volume, long sizeBytes, VolumeUser user) {
    return Future.failedFuture(
        new GatewayError.Unsupported("this host has nobody write what is not owned"));
  }

  /** Says how one gets to what was handed over, from now until the module stops. */
  void leadBy(Successors successors);

  /** The way to volumes that were handed over. */
  @FunctionalInterface
  interface Successors {
    /**
     * Comes on a worker and may wait.
     *
     * @return opened; {@link GatewayError.Conflict} if nobody is led on to it
     */
    Volume open(String volume, Ownership.Gone gone);
  }

  /**
   * What is {@link Ownership.Gone} is let go of: everybody who uses it, and who waits, is led on to
   * its successor. Harmless if that is so already; done again if it failed.
   *
   * @param limit how long reads under way may take
   */
  Future<Void> leadOn(String volume, Duration limit);

  /**
   * Destroys the data of a volume that was handed over, its snapshots with their anchors, and keeps
   * its record. Harmless if there is none any more. {@link GatewayError.Conflict} unless it is
   * {@link Ownership.Gone}.
   */
  Future<Void> unlink(String volume);

  /** A volume that is held still. */
  interface Frozen {
    /** Since when no write was admitted. */
    Duration held();

    /**
     * Takes a snapshot of what it is now. {@link GatewayError.Conflict} if writes have gone on
     * meanwhile, whoever let them.
     */
    Future<SnapshotInfo> take(String snapshot);

    /**
     * Nobody reads it either: what is about to be written elsewhere would be read here as it was.
     *
     * @param limit how long reads under way may take; then it is as it was before
     */
    Future<Void> halt(Duration limit);

    /**
     * As {@link Handoffs#change}, and only if no write was admitted since the freeze. What is owned
     * is given up only once it is halted.
     */
    Future<Ownership> change(Step step);

    /** Lets writes go on. Harmless if they do already. */
    Future<Void> thaw();
  }
}
