package dev.penstock.replication.plan;

import dev.penstock.spi.snapshot.VolumeHistory;
import dev.penstock.spi.volume.SnapshotInfo;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * A moment of a volume that one side still knows.
 *
 * @param guid what it is, the same at both sides
 * @param order which is older, within one side; never compared across sides
 * @param createdAt for people and for queues: clocks jump, and no plan depends on them
 * @param holds who keeps it from being destroyed
 */
public record Version(
    Kind kind,
    UUID guid,
    String name,
    long order,
    Instant createdAt,
    long sizeBytes,
    Set<String> holds) {

  /** How much of it is left. In the order in which two of one moment are sorted. */
  public enum Kind {
    /** That it was there: what came after it can be told, and it cannot be sent itself. */
    BOOKMARK,
    /** All of it. */
    SNAPSHOT
  }

  private static final Comparator<Version> OLDEST_FIRST =
      Comparator.comparingLong(Version::order).thenComparing(Version::kind);

  public Version {
    holds = Set.copyOf(holds);
  }

  /** The snapshots of a volume, the oldest first. */
  public static List<Version> of(VolumeHistory history) {
    List<Version> versions = new ArrayList<>();
    for (SnapshotInfo one : history.snapshots())
      versions.add(
          new Version(
              Kind.SNAPSHOT,
              one.guid(),
              one.name(),
              versions.size(),
              one.createdAt(),
              one.sizeBytes(),
              one.holds()));
    return List.copyOf(versions);
  }

  /** The oldest first; of two of one moment the bookmark first. */
  public static List<Version> sorted(Collection<Version> versions) {
    return versions.stream().sorted(OLDEST_FIRST).toList();
  }

  /** Those that can be sent, the oldest first. */
  static List<Version> snapshots(Collection<Version> versions) {
    return versions.stream().filter(Version::isSnapshot).sorted(OLDEST_FIRST).toList();
  }

  public boolean isSnapshot() {
    return kind == Kind.SNAPSHOT;
  }

  boolean isSameAs(Version other) {
    return guid.equals(other.guid);
  }

  /** As people write it: {@code @name} for a snapshot, {@code #name} for a bookmark. */
  @Override
  public String toString() {
    return (isSnapshot() ? "@" : "#") + name;
  }
}
