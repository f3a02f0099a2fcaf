package dev.penstock.spi.volume;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.stream.BlockSource;
import dev.penstock.spi.stream.Receiving;
import dev.penstock.spi.stream.StreamHeader;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * The snapshots of a store's volumes.
 *
 * <p><b>Lifecycle.</b> With its {@link VolumeStore}. <b>Threads.</b> Calls may block, come on
 * worker threads and may overlap; what is done to one volume comes one call after another, but for
 * {@link #diff}, {@link #send} and {@link #openSnapshot}. <b>Identity.</b> A volume goes by its
 * name, a snapshot by its guid. <b>Durability.</b> A change is durable on return, and a crash
 * leaves all of it or nothing.
 *
 * <p><b>Errors.</b> {@link GatewayError.NotFound} if there is no such volume or snapshot; as of
 * {@link VolumeStore} otherwise.
 *
 * @since SPI 1.0
 */
public interface SnapshotStore {
  /** The snapshots of a volume, the oldest first. */
  List<SnapshotInfo> list(String volume);

  /**
   * A snapshot of the volume is about to be taken: does while writes go on what {@link #create}
   * would otherwise do while they wait. Nobody sees a difference, and no snapshot need follow. What
   * cannot be done beforehand is no failure: {@link #create} tells.
   */
  default void prepare(String volume) {}

  /**
   * Keeps the volume as it is now, open or not. While the call runs, writes may wait. What it shows
   * never changes.
   *
   * <p>{@link GatewayError.Conflict} if the volume has a snapshot of this name.
   */
  SnapshotInfo create(String volume, String snapshot);

  /**
   * Destroys snapshots, each on its own.
   *
   * @return why one was not destroyed: empty for each that was. {@link GatewayError.Conflict} for
   *     one that is held or open
   */
  Map<UUID, Optional<GatewayError>> destroy(String volume, List<UUID> snapshots);

  /** Keeps a snapshot from being destroyed until the tag is released; twice is harmless. */
  void hold(String volume, UUID snapshot, String tag);

  /** Harmless if the tag is not there. */
  void release(String volume, UUID snapshot, String tag);

  /**
   * Holds a snapshot under a tag, and no other of the volume under it any more. A store that can
   * does both at once; otherwise the new one is held before the old one is let go.
   */
  default void moveHold(String volume, UUID snapshot, String tag) {
    hold(volume, snapshot, tag);
    for (SnapshotInfo other : list(volume))
      if (!other.guid().equals(snapshot) && other.holds().contains(tag))
        release(volume, other.guid(), tag);
  }

  /** Makes a volume that begins as the snapshot is, and shares with it what neither changes. */
  VolumeInfo clone(String volume, UUID snapshot, String name);

  /**
   * Makes a volume that is not open what it was. Snapshots stay, later ones too. What was written
   * since the last one is lost.
   *
   * <p>{@link GatewayError.Conflict} if it is open.
   */
  void rollback(String volume, UUID snapshot);

  /**
   * Whether the volume may have been written since its newest snapshot, or has none: whether a
   * {@link #rollback} to it would lose anything. {@link GatewayError.Conflict} if it is open.
   */
  default boolean isChanged(String volume) {
    return true;
  }

  /**
   * What may differ between two snapshots: every byte at or after {@code offset} that does is in an
   * extent, in the order of their offsets, as it is in {@code to}, and up to the end of {@code to}.
   * No data is read. Ends early when the sink wants no more.
   *
   * @param from any other snapshot of the volume; empty for everything that {@code to} holds
   * @param offset no extent begins before it; {@link GatewayError.Invalid} if {@code to} ends
   *     before it
   */
  void diff(String volume, Optional<UUID> from, UUID to, long offset, Extent.Sink sink);

  /**
   * Opens a snapshot for reading, any number of times: what would change it is {@link
   * GatewayError.Denied}. It knows itself by the guid of the volume, the {@link SnapshotName}, and
   * the size and time of the snapshot.
   */
  Volume openSnapshot(String volume, UUID snapshot);

  /** By snapshot. */
  Map<UUID, SnapshotSpace> space(String volume);

  /**
   * The difference between two snapshots as it is sent. Both are open until the source is closed.
   *
   * @param from empty for everything
   * @param offset where in the volume to begin
   */
  default BlockSource send(String volume, Optional<UUID> from, UUID to, long offset) {
    return Difference.of(this, volume, from, to, offset);
  }

  /**
   * Receives a snapshot, or goes on receiving it. Without {@link StreamHeader#from} the volume is
   * made, as a {@link VolumeInfo#replica}; with it the volume becomes what the snapshot is.
   *
   * <p>{@link GatewayError.Conflict} if the volume's newest snapshot is not {@code from}, if it was
   * written since, if it has {@code to} or one of its name already, if it is open, if there is a
   * volume that would have to be made, or if the stream begins after what is here; {@link
   * GatewayError.Unsupported} from a store that cannot receive.
   */
  default Receiving receive(String volume, StreamHeader header) {
    throw new GatewayError.Unsupported(
        "volume %s: its store receives no snapshots".formatted(volume));
  }

  /**
   * What has come of snapshots that are not here yet, by the name that the volume has or will have.
   */
  default Map<String, Partial> partials() {
    return Map.of();
  }

  /**
   * Gives up what has come of a snapshot of this volume. Harmless if there is nothing; {@link
   * GatewayError.Conflict} while it is being received.
   */
  default void discardPartial(String volume) {}
}
