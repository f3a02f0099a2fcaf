package dev.penstock.spi.testing;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.volume.Extent;
import dev.penstock.spi.volume.SnapshotInfo;
import dev.penstock.spi.volume.SnapshotName;
import dev.penstock.spi.volume.SnapshotSpace;
import dev.penstock.spi.volume.Volume;
import dev.penstock.spi.volume.VolumeCapability;
import dev.penstock.spi.volume.VolumeInfo;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;

/** A copy of a volume as it was. Guarded by its {@link MemorySnapshots}, but for its openings. */
final class MemorySnapshot {
  private static final Set<VolumeCapability> OF_READERS =
      EnumSet.of(
          VolumeCapability.EXTENTS,
          VolumeCapability.CHANGES,
          VolumeCapability.CACHE,
          VolumeCapability.READ_NOW);

  private final UUID guid;
  private final SnapshotName name;
  private final Instant createdAt;
  private final Grains grains;
  private final MemoryVolume shown;
  private final Set<String> holds = new TreeSet<>();
  private final AtomicInteger openings = new AtomicInteger();
  private Optional<MemorySnapshot> parent;

  MemorySnapshot(
      UUID guid,
      SnapshotName name,
      UUID volume,
      Instant createdAt,
      Grains grains,
      Optional<MemorySnapshot> parent) {
    this.guid = guid;
    this.name = name;
    this.createdAt = createdAt;
    this.grains = grains;
    this.parent = parent;
    this.shown =
        MemoryVolume.holding(
            new VolumeInfo(volume, name.toString(), grains.bytes().length, 0, createdAt), grains);
    shown.comesFrom(this::ancestor);
  }

  UUID guid() {
    return guid;
  }

  String name() {
    return name.snapshot();
  }

  Grains grains() {
    return grains;
  }

  SnapshotInfo info() {
    return new SnapshotInfo(guid, name.snapshot(), grains.bytes().length, createdAt, holds);
  }

  void hold(String tag) {
    holds.add(tag);
  }

  void release(String tag) {
    holds.remove(tag);
  }

  /** Why it must stay. */
  Optional<GatewayError> inUse() {
    if (!holds.isEmpty())
      return Optional.of(
          new GatewayError.Conflict(
              "snapshot %s is held: %s".formatted(name, String.join(", ", holds))));
    if (openings.get() > 0)
      return Optional.of(new GatewayError.Conflict("snapshot %s is open".formatted(name)));
    return Optional.empty();
  }

  Volume open() {
    openings.incrementAndGet();
    return new ForReading(shown, openings::decrementAndGet);
  }

  /** What a snapshot showed that this one comes from, or this one itself. */
  synchronized Optional<Grains> ancestor(UUID snapshot) {
    if (guid.equals(snapshot)) return Optional.of(grains);
    return parent.flatMap(one -> one.ancestor(snapshot));
  }

  /** Comes from what {@code destroyed} came from, if it came from that one. */
  synchronized void outlive(MemorySnapshot destroyed) {
    if (parent.filter(one -> one == destroyed).isPresent()) parent = destroyed.parent;
  }

  Optional<MemorySnapshot> parent() {
    return parent;
  }

  /** What it takes alone is what none of the others has as well. */
  SnapshotSpace space(List<Grains> others) {
    long unique = 0;
    for (int grain = 0; grain < grains.kinds().length; grain++) {
      int at = grain;
      if (grains.kind(grain) == Extent.Kind.HOLE) continue;
      if (others.stream().allMatch(other -> grains.differs(other, at)))
        unique += MemoryVolume.GRAIN_BYTES;
    }
    return new SnapshotSpace(guid, unique, grains.storedBytes() - unique);
  }

  private static final class ForReading extends Reopened {
    ForReading(Volume behind, Runnable onClose) {
      super(behind, onClose);
    }

    @Override
    public Set<VolumeCapability> capabilities() {
      return OF_READERS;
    }

    @Override
    protected void admit(boolean changes) {
      super.admit(changes);
      if (changes)
        throw new GatewayError.Denied("snapshot %s is never written".formatted(info().name()));
    }
  }
}
