package dev.penstock.gateway.volume;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.snapshot.Meant;
import dev.penstock.spi.volume.Extent;
import dev.penstock.spi.volume.Finding;
import dev.penstock.spi.volume.SnapshotInfo;
import dev.penstock.spi.volume.SnapshotName;
import dev.penstock.spi.volume.SnapshotSpace;
import dev.penstock.spi.volume.VolumeInfo;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;

/**
 * The snapshots of all stores' volumes, and what is made of them.
 *
 * <p>A snapshot is named; where somebody saw it before, its guid says that the same one is still
 * meant, and {@link GatewayError.Conflict} that it is not.
 *
 * <p><b>Threads.</b> Any; nothing blocks. What is done to one volume is done one step after
 * another. <b>Errors</b> arrive in the futures: {@link GatewayError.Unsupported} that names the
 * store if it has no snapshots.
 */
public interface Snapshots {
  /** Each holds one of the volumes still, so that all wait for the slowest. */
  int GROUP_MAX = 64;

  /** As many as a volume may have, and their names in the body of a request. */
  int DESTROY_MAX = 4096;

  /** An answer of half a megabyte. */
  int EXTENTS_MAX = 10_000;

  /** A store in which more is wrong needs no longer list. */
  int FINDINGS_MAX = 1000;

  /**
   * A snapshot as an operator sees it.
   *
   * @param users who has it open
   * @param leases who needs it, and what for; empty if nobody does
   */
  record Shown(SnapshotName name, SnapshotInfo info, List<String> users, Optional<String> leases) {
    public Shown {
      users = List.copyOf(users);
    }
  }

  /**
   * Snapshots that were taken at one instant.
   *
   * @param held how long writes had to wait
   * @param warnings what did not stop it and should be looked at
   */
  record Taken(List<Shown> snapshots, Duration held, List<String> warnings) {
    public Taken {
      snapshots = List.copyOf(snapshots);
      warnings = List.copyOf(warnings);
    }
  }

  /** What became of one that was to be destroyed: why it is still there, if it is. */
  record Destroyed(SnapshotName name, Optional<GatewayError> why) {}

  /**
   * A part of what differs between two snapshots.
   *
   * @param next where the next part begins; empty at the end
   */
  record Page(Optional<UUID> from, UUID to, List<Extent> extents, OptionalLong next) {
    public Page {
      extents = List.copyOf(extents);
    }
  }

  /** What a snapshot takes. */
  record Space(SnapshotName name, SnapshotSpace space) {}

  /**
   * The last look at a volume.
   *
   * @param ended empty while it goes on
   * @param complete whether everything was looked at
   * @param damaged whether something cannot be vouched for
   * @param findings the first {@link #FINDINGS_MAX}
   * @param findingsTotal how many there were
   */
  record Verified(
      UUID task,
      Instant started,
      Optional<Instant> ended,
      boolean complete,
      boolean damaged,
      List<Finding> findings,
      long findingsTotal) {
    public Verified {
      findings = List.copyOf(findings);
    }
  }

  /** Of one volume, the oldest first. */
  Future<List<Shown>> list(String volume);

  /**
   * Of all volumes, by their names, and the oldest first of each; those that do not answer are left
   * out.
   */
  Future<List<Shown>> listAll();

  Future<Shown> find(SnapshotName name);

  /**
   * Takes a snapshot of each volume at one instant: all of them are held still, kept as they are,
   * and let go, within a limit and whatever happens. If one cannot be kept, those that were made
   * are destroyed again, and the failure says what became of each.
   *
   * @param limit how long writes may wait, at most; and how long, once hooks have run, all of it
   *     may take
   */
  Future<Taken> create(List<SnapshotName> names, Duration limit);

  /** Answers in the order of the question. Nothing that is leased, open or held goes. */
  Future<List<Destroyed>> destroy(List<Meant> snapshots);

  /**
   * Keeps it from being destroyed until the tag is released; twice is harmless. {@link
   * GatewayError.Invalid} for a tag that is replication's: see {@link
   * dev.penstock.spi.snapshot.Snapshots#ANCHOR_PREFIX}.
   */
  Future<Void> hold(Meant snapshot, String tag);

  Future<Void> release(Meant snapshot, String tag);

  /** Makes a volume that begins as the snapshot is, in the same store. */
  Future<VolumeInfo> clone(Meant snapshot, String name);

  /** Makes the volume what it was; {@link GatewayError.Conflict} that names who has it open. */
  Future<Void> rollback(Meant snapshot);

  /**
   * What differs between two snapshots of a volume.
   *
   * @param from empty for everything that {@code to} holds
   * @param extentsMax at most {@link #EXTENTS_MAX}
   */
  Future<Page> diff(Optional<Meant> from, Meant to, long offset, int extentsMax);

  Future<List<Space>> space(String volume);

  /**
   * Looks at everything that is stored of a volume, as a task. {@link GatewayError.Conflict} while
   * it is looked at already.
   *
   * @return the task; once it has begun
   */
  Future<UUID> verify(String volume);

  /** {@link GatewayError.NotFound} if it was not looked at since the gateway was started. */
  Future<Verified> verified(String volume);

  /**
   * Gives back what is stored of a volume and nobody can read, as a task. {@link
   * GatewayError.Conflict} that names who has it open, or while it is repaired already.
   *
   * @param apply false to change nothing, and find what would be done
   * @return the task; once it has begun
   */
  Future<UUID> repair(String volume, boolean apply);

  /** {@link GatewayError.NotFound} if it was not repaired since the gateway was started. */
  Future<Verified> repaired(String volume);
}
