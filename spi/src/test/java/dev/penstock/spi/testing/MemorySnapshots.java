package dev.penstock.spi.testing;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.stream.Receiving;
import dev.penstock.spi.stream.StreamHeader;
import dev.penstock.spi.volume.Extent;
import dev.penstock.spi.volume.Partial;
import dev.penstock.spi.volume.SnapshotInfo;
import dev.penstock.spi.volume.SnapshotName;
import dev.penstock.spi.volume.SnapshotSpace;
import dev.penstock.spi.volume.SnapshotStore;
import dev.penstock.spi.volume.Volume;
import dev.penstock.spi.volume.VolumeInfo;
import dev.penstock.spi.volume.VolumeName;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * The snapshots of volumes in memory: a copy of all bytes each, compared when somebody asks what
 * differs.
 *
 * <p><b>Threads.</b> Any.
 */
final class MemorySnapshots implements SnapshotStore {
  private final Map<String, MemoryVolume> volumes;
  private final Predicate<String> open;
  private final InstantSource clock;
  private final Map<String, List<MemorySnapshot>> kept = new HashMap<>();
  private final Map<String, MemorySnapshot> bases = new HashMap<>();
  private final Map<String, MemoryReceived> unfinished = new HashMap<>();

  /**
   * @param volumes shared with the store: clones and what was received are added to it
   * @param open which volume is open now
   */
  MemorySnapshots(Map<String, MemoryVolume> volumes, Predicate<String> open, InstantSource clock) {
    this.volumes = volumes;
    this.open = open;
    this.clock = clock;
  }

  /** The volume of this name can tell from now on what was changed since its snapshots. */
  void adopt(String name, MemoryVolume volume) {
    volume.comesFrom(snapshot -> ancestor(name, snapshot));
  }

  private synchronized Optional<Grains> ancestor(String volume, UUID snapshot) {
    return Optional.ofNullable(bases.get(volume)).flatMap(base -> base.ancestor(snapshot));
  }

  /** The snapshots of a volume that is removed go with it. */
  synchronized void forget(String volume) {
    List<MemorySnapshot> gone = kept.getOrDefault(volume, List.of());
    gone.forEach(snapshot ->
        snapshot
            .inUse()
            .ifPresent(why -> {
              throw why;
            }));
    requireNotReceived(volume);
    kept.remove(volume);
    bases.remove(volume);
    unfinished.remove(volume);
  }

  @Override
  public synchronized List<SnapshotInfo> list(String volume) {
    return of(volume).stream().map(MemorySnapshot::info).toList();
  }

  @Override
  public synchronized SnapshotInfo create(String volume, String snapshot) {
    MemoryVolume source = volume(volume);
    SnapshotName name = new SnapshotName(volume, snapshot);
    requireUnused(name);
    MemorySnapshot taken =
        new MemorySnapshot(
            UUID.randomUUID(),
            name,
            source.info().guid(),
            clock.instant(),
            source.grains(),
            Optional.ofNullable(bases.get(volume)));
    keep(volume, taken);
    return taken.info();
  }

  @Override
  public synchronized Map<UUID, Optional<GatewayError>> destroy(
      String volume, List<UUID> snapshots) {
    volume(volume);
    Map<UUID, Optional<GatewayError>> results = new LinkedHashMap<>();
    for (UUID snapshot : snapshots)
      results.computeIfAbsent(snapshot, guid -> destroyed(volume, guid));
    return results;
  }

  private Optional<GatewayError> destroyed(String volume, UUID guid) {
    Optional<MemorySnapshot> found = find(volume, guid);
    if (found.isEmpty()) return Optional.of(hasNone(volume, guid));
    MemorySnapshot snapshot = found.get();
    Optional<GatewayError> inUse = snapshot.inUse();
    if (inUse.isPresent()) return inUse;
    of(volume).remove(snapshot);
    kept.values().forEach(all -> all.forEach(one -> one.outlive(snapshot)));
    for (String name : List.copyOf(bases.keySet()))
      if (bases.get(name) == snapshot)
        snapshot
            .parent()
            .ifPresentOrElse(parent -> bases.put(name, parent), () -> bases.remove(name));
    return Optional.empty();
  }

  @Override
  public synchronized void hold(String volume, UUID snapshot, String tag) {
    require(volume, snapshot).hold(tag);
  }

  @Override
  public synchronized void release(String volume, UUID snapshot, String tag) {
    require(volume, snapshot).release(tag);
  }

  @Override
  public synchronized void moveHold(String volume, UUID snapshot, String tag) {
    require(volume, snapshot).hold(tag);
    holdOnly(volume, Set.of(snapshot), tag);
  }

  private void holdOnly(String volume, Set<UUID> snapshots, String tag) {
    for (MemorySnapshot one : of(volume)) if (!snapshots.contains(one.guid())) one.release(tag);
  }

  @Override
  public synchronized VolumeInfo clone(String volume, UUID snapshot, String name) {
    MemorySnapshot origin = require(volume, snapshot);
    return make(VolumeName.require(name), origin.grains(), Optional.of(origin));
  }

  private VolumeInfo make(String name, Grains content, Optional<MemorySnapshot> base) {
    var info = new VolumeInfo(UUID.randomUUID(), name, content.bytes().length, 0, clock.instant());
    MemoryVolume made = MemoryVolume.holding(info, content.copy());
    if (volumes.putIfAbsent(name, made) != null)
      throw new GatewayError.Conflict("there is a volume %s already".formatted(name));
    adopt(name, made);
    base.ifPresent(one -> bases.put(name, one));
    return made.info();
  }

  @Override
  public synchronized void rollback(String volume, UUID snapshot) {
    MemorySnapshot to = require(volume, snapshot);
    requireNotOpen(volume);
    volume(volume).become(to.grains());
    bases.put(volume, to);
  }

  @Override
  public void diff(String volume, Optional<UUID> from, UUID to, long offset, Extent.Sink sink) {
    Grains after;
    Grains before;
    synchronized (this) {
      after = require(volume, to).grains();
      before = from.map(guid -> require(volume, guid).grains()).orElse(Grains.ofBytes(0));
    }
    if (offset < 0 || offset > after.bytes().length)
      throw new GatewayError.Invalid(
          "snapshot %s of %s ends at %d: nothing begins at %d"
              .formatted(to, volume, after.bytes().length, offset));
    after.diff(before, offset, sink);
  }

  @Override
  public synchronized Volume openSnapshot(String volume, UUID snapshot) {
    return require(volume, snapshot).open();
  }

  @Override
  public synchronized Map<UUID, SnapshotSpace> space(String volume) {
    Grains now = volume(volume).grains();
    Map<UUID, SnapshotSpace> spaces = new LinkedHashMap<>();
    for (MemorySnapshot one : of(volume)) {
      Stream<Grains> others =
          of(volume).stream().filter(other -> other != one).map(MemorySnapshot::grains);
      spaces.put(one.guid(), one.space(Stream.concat(Stream.of(now), others).toList()));
    }
    return spaces;
  }

  @Override
  public synchronized Receiving receive(String volume, StreamHeader header) {
    requireReceivable(volume, header);
    Grains before =
        header.from().map(guid -> require(volume, guid).grains()).orElse(Grains.ofBytes(0));
    requireNotReceived(volume);
    MemoryReceived received =
        Optional.ofNullable(unfinished.get(volume))
            .filter(there -> there.isOf(header))
            .orElseGet(() -> MemoryReceived.upon(before, header));
    unfinished.put(volume, received);
    return received.goOn(volume, header, this);
  }

  /** Nothing stands in the way of this snapshot becoming the volume's newest. */
  private void requireReceivable(String volume, StreamHeader header) {
    SnapshotName name = new SnapshotName(volume, header.name());
    if (header.from().isEmpty() && volumes.containsKey(volume))
      throw new GatewayError.Conflict(
          "there is a volume %s already: %s would bring all of it".formatted(volume, name));
    if (header.from().isEmpty()) return;
    MemorySnapshot from = require(volume, header.from().get());
    requireUnused(name);
    if (find(volume, header.to()).isPresent())
      throw new GatewayError.Conflict("volume %s has %s already".formatted(volume, header.to()));
    requireNotOpen(volume);
    if (of(volume).getLast() != from || bases.get(volume) != from)
      throw new GatewayError.Conflict(
          "%s is upon %s, which is not what volume %s is upon"
              .formatted(name, from.name(), volume));
    if (isWritten(volume, from))
      throw new GatewayError.Conflict(
          "volume %s was written since %s: roll it back first".formatted(volume, from.name()));
  }

  private boolean isWritten(String volume, MemorySnapshot since) {
    boolean[] written = {volume(volume).sizeBytes() != since.grains().bytes().length};
    volume(volume)
        .grains()
        .diff(
            since.grains(),
            0,
            _ -> {
              written[0] = true;
              return false;
            });
    return written[0];
  }

  @Override
  public synchronized boolean isChanged(String volume) {
    List<MemorySnapshot> its = of(volume);
    return its.isEmpty() || bases.get(volume) != its.getLast() || isWritten(volume, its.getLast());
  }

  /** What was received becomes the newest snapshot, and the volume. */
  synchronized void finish(
      String volume, StreamHeader header, Grains content, Optional<String> tag) {
    requireReceivable(volume, header);
    Optional<MemorySnapshot> base = header.from().map(guid -> require(volume, guid));
    if (base.isPresent()) volume(volume).become(content);
    else {
      make(volume, content, base);
      volume(volume).setReplica(true);
    }
    MemorySnapshot received =
        new MemorySnapshot(
            header.to(),
            new SnapshotName(volume, header.name()),
            volume(volume).info().guid(),
            header.createdAt(),
            content,
            base);
    keep(volume, received);
    tag.ifPresent(held -> {
      received.hold(held);
      Set<UUID> holding = new HashSet<>(Set.of(header.to()));
      header.from().ifPresent(holding::add);
      holdOnly(volume, holding, held);
    });
    giveUp(volume);
  }

  synchronized void giveUp(String volume) {
    unfinished.remove(volume);
  }

  @Override
  public synchronized Map<String, Partial> partials() {
    Map<String, Partial> partials = new HashMap<>();
    unfinished.forEach((volume, received) -> partials.put(volume, received.partial()));
    return partials;
  }

  @Override
  public synchronized void discardPartial(String volume) {
    requireNotReceived(volume);
    giveUp(volume);
  }

  private void requireNotReceived(String volume) {
    MemoryReceived received = unfinished.get(volume);
    if (received != null && received.isUnderWay())
      throw new GatewayError.Conflict("volume %s is being received".formatted(volume));
  }

  private void keep(String volume, MemorySnapshot snapshot) {
    of(volume).add(snapshot);
    bases.put(volume, snapshot);
  }

  private List<MemorySnapshot> of(String volume) {
    volume(volume);
    return kept.computeIfAbsent(volume, _ -> new ArrayList<>());
  }

  private MemoryVolume volume(String name) {
    return Optional.ofNullable(volumes.get(name))
        .orElseThrow(() -> new GatewayError.NotFound("there is no volume %s".formatted(name)));
  }

  private Optional<MemorySnapshot> find(String volume, UUID guid) {
    return of(volume).stream().filter(one -> one.guid().equals(guid)).findFirst();
  }

  private MemorySnapshot require(String volume, UUID guid) {
    return find(volume, guid).orElseThrow(() -> hasNone(volume, guid));
  }

  private static GatewayError hasNone(String volume, UUID guid) {
    return new GatewayError.NotFound("volume %s has no snapshot %s".formatted(volume, guid));
  }

  private void requireUnused(SnapshotName name) {
    if (of(name.volume()).stream().anyMatch(one -> one.name().equals(name.snapshot())))
      throw new GatewayError.Conflict("there is a snapshot %s already".formatted(name));
  }

  private void requireNotOpen(String volume) {
    if (open.test(volume)) throw new GatewayError.Conflict("volume %s is open".formatted(volume));
  }
}
