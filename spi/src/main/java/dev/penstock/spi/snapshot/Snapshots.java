package dev.penstock.spi.snapshot;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.ownership.Ownership;
import dev.penstock.spi.stream.StreamHeader;
import dev.penstock.spi.volume.SnapshotInfo;
import dev.penstock.spi.volume.SnapshotName;
import dev.penstock.spi.volume.VolumeInfo;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;

/**
 * The snapshots of all stores' volumes, and what can be done with them.
 *
 * <p><b>Threads.</b> Any; nothing here blocks. What is done to one volume is done one step after
 * another. <b>Errors</b> arrive in the futures: {@link GatewayError.NotFound} if there is no such
 * volume or snapshot, {@link GatewayError.Conflict} if a name is another snapshot's now, {@link
 * GatewayError.Unsupported} from a store that has no snapshots.
 *
 * @since SPI 1.0
 */
public interface Snapshots {
  /** What holds a snapshot in the name of replication begins with this: see {@link #anchor}. */
  String ANCHOR_PREFIX = "anchor.";

  /**
   * What all stores say.
   *
   * @param unanswered stores that did not answer, by name, and why: what they have is not among the
   *     volumes
   */
  record Histories(List<VolumeHistory> volumes, Map<String, GatewayError> unanswered) {
    public Histories {
      volumes = List.copyOf(volumes);
      unanswered = Map.copyOf(unanswered);
    }
  }

  /**
   * Every volume of every store, and those that are being received for the first time. Does not
   * fail.
   */
  Future<Histories> histories();

  /** One of them; {@link GatewayError.NotFound} if there is nothing of the name. */
  Future<VolumeHistory> history(String volume);

  /**
   * Takes a snapshot of each volume at one instant; hooks are run. All or none.
   *
   * @param limit how long writes may wait, at most
   * @return in the order of the names
   */
  Future<List<SnapshotInfo>> take(List<SnapshotName> names, Duration limit);

  /**
   * Destroys those that nobody needs: condemns them first, so that of a destroy and a {@link #need}
   * at the same time exactly one has its way. Does not fail; answers in the order of the question.
   */
  Future<List<Fate>> destroy(List<Meant> snapshots);

  /**
   * As {@link #destroy}, for when a store has little room: those go too that are being sent, and
   * those that a plan needs only to go on where it is. What is being sent of them is broken off
   * first, and whoever sends it hears a {@link GatewayError.Conflict} and plans anew.
   *
   * <p>What is held stays, and what somebody has open; and so does what a plan needs that a
   * receiver may have to its end, as long as it is needed ({@link #send(String, Optional, Meant,
   * long)}): otherwise the two copies could end with nothing newer in common. A host that cannot do
   * this defers them.
   */
  default Future<List<Fate>> destroyNeeded(List<Meant> snapshots) {
    return destroy(snapshots);
  }

  /** How much more a store can take; empty if it cannot tell, or is not there. */
  default Future<OptionalLong> freeBytes(String store) {
    return Future.succeededFuture(OptionalLong.empty());
  }

  /**
   * Needs these snapshots of a volume, and no others, for a purpose: none of them is destroyed. To
   * need none ends it. Durable on return, across restarts; the same purpose takes it up again.
   *
   * <p>{@link GatewayError.Conflict} for one that is being destroyed, {@link GatewayError.NotFound}
   * for one that is not there; then what was needed before still is, and whoever asks plans anew.
   */
  Future<Void> need(Need need, Set<UUID> snapshots);

  /**
   * Nothing is under way any more for a purpose: what its plans need is kept for as long as their
   * {@link Need#expiry} says, unless they come again. Harmless if it needs nothing.
   */
  void putDown(String purpose);

  /**
   * Who needs which snapshots of a volume now, in the words of {@link Fate.Deferred}: they would
   * not be destroyed. A host that does not tell answers none.
   */
  default Future<Map<UUID, String>> needed(String volume) {
    return Future.succeededFuture(Map.of());
  }

  /**
   * Holds a snapshot as what two copies of a volume have in common, under a tag that begins with
   * {@link #ANCHOR_PREFIX}, and no other of the volume under this tag any more. Durable on return,
   * and all of it or nothing.
   */
  Future<Void> anchor(Meant snapshot, String tag);

  /**
   * {@link dev.penstock.spi.volume.SnapshotStore#isChanged}; the Conflict names who has it open.
   */
  Future<Boolean> isChanged(String volume);

  /** Makes a volume that begins as the snapshot is, in the same store. */
  Future<VolumeInfo> clone(Meant snapshot, String name);

  /**
   * Makes a replica that nobody has open what it was at a snapshot, and destroys those that came
   * later. What was written since is lost. Nobody can promote it in between.
   *
   * <p>{@link GatewayError.Conflict} if it is no replica, or open, before anything is done; {@link
   * GatewayError.Unavailable} if one that is later is needed or held: then it is as it was, but for
   * the tag and those that are gone already.
   *
   * @param later all of them, the newest first
   * @param tag moves to the snapshot first, as by {@link #anchor}
   */
  Future<Void> bringBack(Meant snapshot, List<Meant> later, String tag);

  /**
   * Opens what differs between two snapshots of a volume, or all of one, for somebody who sends it.
   *
   * @param offset where in the volume to begin
   */
  Future<SnapshotSending> send(Optional<Meant> from, Meant to, long offset);

  /**
   * As {@link #send(Optional, Meant, long)}, for the purpose of a {@link Need}. From here on what
   * is needed for it gives way to {@link #destroyNeeded}, until another {@link #need}; but not what
   * was sent, once the end of this has been read, as long as the purpose needs it.
   */
  default Future<SnapshotSending> send(
      String purpose, Optional<Meant> from, Meant to, long offset) {
    return send(from, to, offset);
  }

  /**
   * Receives a snapshot, or goes on receiving it: {@link
   * dev.penstock.spi.volume.SnapshotStore#receive}. The volume must be a replica ({@link
   * VolumeInfo#replica}) and not open for writing; without {@link StreamHeader#from} it is made.
   *
   * @param store where a volume is made
   */
  Future<SnapshotReceiving> receive(String volume, String store, StreamHeader header);

  /**
   * As {@link #receive(String, String, StreamHeader)}, under a condition: it is looked at before
   * anything is received, and again in the very turn in which the snapshot would become visible.
   * Without one, what is being handed over receives nothing.
   */
  default Future<SnapshotReceiving> receive(
      String volume, String store, StreamHeader header, Receivable condition) {
    return Future.failedFuture(
        new GatewayError.Unsupported("this host looks at no conditions of a receiver"));
  }

  /** Whether a volume may receive. */
  @FunctionalInterface
  interface Receivable {
    /**
     * Pure.
     *
     * @param now what is known of it; empty if nothing is
     * @throws GatewayError if it may not
     */
    void require(Optional<Ownership> now);
  }

  /**
   * Looks at everything that is stored of a volume, as a task of the host. Fails with {@link
   * GatewayError.Damaged} that names the first thing that cannot be vouched for, and with {@link
   * GatewayError.Conflict} while it is looked at already.
   */
  Future<Void> verify(String volume);

  /** Gives up what has come of a snapshot that is not here yet. Harmless if there is nothing. */
  Future<Void> discardPartial(String volume);
}
