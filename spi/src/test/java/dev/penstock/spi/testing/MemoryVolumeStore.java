package dev.penstock.spi.testing;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.ownership.Ownership;
import dev.penstock.spi.volume.SnapshotStore;
import dev.penstock.spi.volume.StoreContext;
import dev.penstock.spi.volume.StoreDescriptor;
import dev.penstock.spi.volume.Volume;
import dev.penstock.spi.volume.VolumeInfo;
import dev.penstock.spi.volume.VolumeName;
import dev.penstock.spi.volume.VolumeStore;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A store whose volumes live in memory, for as long as the object does: closing and opening it
 * again finds them as they were left.
 */
public final class MemoryVolumeStore implements VolumeStore {
  private final Map<String, MemoryVolume> volumes = new ConcurrentHashMap<>();
  private final Map<String, Integer> openings = new ConcurrentHashMap<>();
  private final MemorySnapshots snapshots =
      new MemorySnapshots(volumes, openings::containsKey, () -> this.clock.instant());
  private final Map<String, Ownership> ownerships = new ConcurrentHashMap<>();
  private final Set<String> spoilt = ConcurrentHashMap.newKeySet();
  private volatile InstantSource clock = InstantSource.system();

  @Override
  public StoreDescriptor descriptor() {
    return new StoreDescriptor("memory", StoreDescriptor.WaitsOn.NETWORK);
  }

  @Override
  public void validate(Block settings, Problems problems) {
    settings.refuseOtherKeys(problems);
  }

  @Override
  public void open(StoreContext context) {
    clock = context.clock();
  }

  @Override
  public List<VolumeInfo> list() {
    return volumes.values().stream().map(MemoryVolume::info).toList();
  }

  @Override
  public VolumeInfo create(String name, long sizeBytes) {
    VolumeName.require(name);
    if (sizeBytes < 0 || sizeBytes > Integer.MAX_VALUE - 8)
      throw new GatewayError.Invalid("%d bytes do not fit into memory".formatted(sizeBytes));
    Instant now = clock.instant();
    var volume = MemoryVolume.of(new VolumeInfo(UUID.randomUUID(), name, sizeBytes, 0, now));
    if (volumes.putIfAbsent(name, volume) != null)
      throw new GatewayError.Conflict("there is a volume %s already".formatted(name));
    snapshots.adopt(name, volume);
    return volume.info();
  }

  @Override
  public Volume openVolume(String name) {
    requireReadable(name);
    MemoryVolume volume = volume(name);
    openings.merge(name, 1, Integer::sum);
    return new Reopened(
        volume, () -> openings.computeIfPresent(name, (_, count) -> count == 1 ? null : count - 1));
  }

  /** The volume behind a name, for its faults and its content. */
  public MemoryVolume volume(String name) {
    return Optional.ofNullable(volumes.get(name)).orElseThrow(() -> nobodyHas(name));
  }

  @Override
  public void remove(String name) {
    volume(name);
    snapshots.forget(name);
    if (volumes.remove(name) == null) throw nobodyHas(name);
  }

  @Override
  public void setReplica(String name, boolean replica) {
    volume(name).setReplica(replica);
  }

  @Override
  public Set<String> ownerships() {
    Set<String> names = new HashSet<>(ownerships.keySet());
    names.addAll(spoilt);
    return names;
  }

  @Override
  public Optional<Ownership> ownership(String name) {
    requireReadable(name);
    return Optional.ofNullable(ownerships.get(name));
  }

  @Override
  public void keepOwnership(String name, Ownership ownership) {
    VolumeName.require(name);
    requireReadable(name);
    ownerships.put(name, ownership);
  }

  @Override
  public void forgetOwnership(String name) {
    requireReadable(name);
    ownerships.remove(name);
  }

  /** From now on the record of who owns the volume cannot be read. */
  public void spoilOwnership(String name) {
    spoilt.add(name);
  }

  private void requireReadable(String name) {
    if (spoilt.contains(name))
      throw new GatewayError.Damaged("nobody knows who owns volume %s".formatted(name));
  }

  @Override
  public OptionalLong freeBytes() {
    return OptionalLong.of(Runtime.getRuntime().maxMemory());
  }

  @Override
  public Optional<SnapshotStore> snapshots() {
    return Optional.of(snapshots);
  }

  @Override
  public void close() {}

  private static GatewayError nobodyHas(String name) {
    return new GatewayError.NotFound("there is no volume %s".formatted(name));
  }
}
