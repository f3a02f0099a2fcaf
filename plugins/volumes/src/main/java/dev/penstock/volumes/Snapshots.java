package dev.penstock.volumes;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.stream.Receiving;
import dev.penstock.spi.stream.StreamHeader;
import dev.penstock.spi.volume.Extent;
import dev.penstock.spi.volume.Partial;
import dev.penstock.spi.volume.Ranges;
import dev.penstock.spi.volume.SnapshotInfo;
import dev.penstock.spi.volume.SnapshotName;
import dev.penstock.spi.volume.SnapshotSpace;
import dev.penstock.spi.volume.SnapshotStore;
import dev.penstock.spi.volume.Volume;
import dev.penstock.spi.volume.VolumeInfo;
import dev.penstock.spi.volume.VolumeName;
import dev.penstock.volumes.claim.ClaimLog;
import dev.penstock.volumes.disk.Disk;
import dev.penstock.volumes.head.ClaimingHead;
import dev.penstock.volumes.head.ClaimingOpening;
import dev.penstock.volumes.head.Head;
import dev.penstock.volumes.layer.Layer;
import dev.penstock.volumes.manifest.Guids;
import dev.penstock.volumes.manifest.Manifest;
import dev.penstock.volumes.manifest.Manifest.Snapshot;
import dev.penstock.volumes.manifest.ManifestEdit;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * The snapshots of a store. Each is a name for a layer that no longer changes; what is written goes
 * into a new layer on top of it.
 *
 * <p>Every change is one manifest, renamed into place after everything that it names is durable.
 */
final class Snapshots implements SnapshotStore {
  private static final Duration LOOK_AGAIN = Duration.ofMinutes(1);

  private final Disk disk;
  private final Catalogue catalogue;
  private final OpenVolumes open;
  private final Consumer<String> newVolumes;
  private final Receptions receptions;
  private final InstantSource clock;
  private final LayerCreation creation;
  private final NextLayers next;
  private volatile Runnable layersChanged = () -> {};

  /**
   * @param newVolumes refuses the name of a volume that is to be made
   */
  Snapshots(
      Disk disk,
      Catalogue catalogue,
      OpenVolumes open,
      Consumer<String> newVolumes,
      Receptions receptions,
      NextLayers next,
      InstantSource clock) {
    this.next = next;
    this.disk = disk;
    this.catalogue = catalogue;
    this.open = open;
    this.newVolumes = newVolumes;
    this.receptions = receptions;
    this.clock = clock;
    this.creation = new LayerCreation(disk, catalogue.files());
  }

  void onLayersChanged(Runnable listener) {
    layersChanged = listener;
  }

  @Override
  public List<SnapshotInfo> list(String volume) {
    Manifest manifest = catalogue.require(volume);
    return manifest.snapshots().entrySet().stream()
        .map(entry -> info(manifest, entry.getKey(), entry.getValue()))
        .toList();
  }

  private static SnapshotInfo info(Manifest manifest, String name, Snapshot snapshot) {
    return new SnapshotInfo(
        snapshot.guid(),
        name,
        manifest.layer(snapshot.layer()).sizeBytes(),
        snapshot.created(),
        snapshot.holds());
  }

  /** The next layer is made, unless nobody has the volume open and so nobody waits. */
  @Override
  public void prepare(String volume) {
    if (open.volume(volume).isEmpty()) return;
    catalogue.changeOf(
        volume,
        () -> {
          next.prepare(catalogue.require(volume));
          return volume;
        });
  }

  @Override
  public SnapshotInfo create(String volume, String snapshot) {
    SnapshotName name = new SnapshotName(volume, snapshot);
    requireFree(catalogue.require(volume), name);
    Optional<StoredVolume> opened = open.volume(volume);
    if (opened.isPresent()) return create(opened.get(), name);
    StoredVolume own = open.open(volume);
    try {
      return create(own, name);
    } finally {
      own.close();
    }
  }

  private static void requireFree(Manifest manifest, SnapshotName name) {
    if (manifest.snapshots().containsKey(name.snapshot()))
      throw new GatewayError.Conflict("there is a snapshot %s already".formatted(name));
  }

  private SnapshotInfo create(StoredVolume volume, SnapshotName name) {
    volume.switchHead(() ->
        catalogue.changeOf(
            name.volume(), () -> keep(volume, catalogue.require(name.volume()), name)));
    Manifest manifest = catalogue.require(name.volume());
    Snapshot made = manifest.snapshots().get(name.snapshot());
    if (made == null) throw new GatewayError.NotFound("snapshot %s is gone again".formatted(name));
    layersChanged.run();
    return info(manifest, name.snapshot(), made);
  }

  /** Everything that the head holds is durable, and nobody writes. */
  private Head keep(StoredVolume volume, Manifest before, SnapshotName name) {
    requireFree(before, name);
    UUID guid = Guids.next();
    Optional<String> same = unchanged(volume, before);
    if (same.isPresent()) {
      Snapshot snapshot = new Snapshot(same.get(), guid, clock.instant(), Set.of());
      catalogue.replace(name.volume(), before.edit().snapshot(name.snapshot(), snapshot).done());
      return volume.head();
    }
    if (!volume.view().hasRoom())
      throw new GatewayError.Unavailable(
          Scope.REQUEST,
          LOOK_AGAIN,
          "volume %s has had as many layers as it can while it is open; close and open it"
              .formatted(name.volume()));
    String made = before.next();
    ClaimLog log = next.take(before);
    try {
      Snapshot snapshot = new Snapshot(before.head(), guid, clock.instant(), Set.of());
      Manifest after =
          before
              .edit()
              .made(Optional.of(before.head()), before.sizeBytes())
              .head(made)
              .snapshot(name.snapshot(), snapshot)
              .done();
      catalogue.replace(name.volume(), after);
      return newHead(volume, after, log);
    } catch (RuntimeException e) {
      log.close();
      throw e;
    }
  }

  /** The layer that shows what the volume shows, if nothing was claimed since it was frozen. */
  private Optional<String> unchanged(StoredVolume volume, Manifest manifest) {
    if (!(volume.head() instanceof ClaimingHead head) || !head.claimsNothing())
      return Optional.empty();
    return manifest
        .layer(manifest.head())
        .parent()
        .filter(parent -> manifest.layer(parent).sizeBytes() == manifest.sizeBytes())
        .filter(parent -> !catalogue.isMerging(parent));
  }

  private Head newHead(StoredVolume volume, Manifest manifest, ClaimLog log) {
    Layer top = catalogue.layers().get(manifest.head(), manifest.layer(manifest.head()));
    if (!top.data().hold()) throw new IllegalStateException("a new layer is being removed");
    ClaimingOpening opening = ClaimingOpening.ofNew(disk, top, log);
    Head before = volume.head();
    volume.view().put(top, opening);
    before.freeze();
    return opening.head(volume.view(), open.facilities());
  }

  @Override
  public Map<UUID, Optional<GatewayError>> destroy(String volume, List<UUID> snapshots) {
    Map<UUID, Optional<GatewayError>> outcomes = new LinkedHashMap<>();
    catalogue.change(() -> {
      Manifest before = catalogue.require(volume);
      ManifestEdit edit = before.edit();
      for (UUID guid : snapshots) outcomes.put(guid, destroy(volume, before, guid, edit));
      if (outcomes.containsValue(Optional.<GatewayError>empty())) {
        Manifest after = edit.done();
        catalogue.replace(volume, after);
        catalogue.freeDropped(volume, after);
      }
      return outcomes;
    });
    catalogue.freeRoom();
    layersChanged.run();
    return outcomes;
  }

  private Optional<GatewayError> destroy(
      String volume, Manifest manifest, UUID guid, ManifestEdit edit) {
    Optional<Map.Entry<String, Snapshot>> found = find(manifest, guid);
    if (found.isEmpty()) return Optional.of(unknown(volume, guid));
    SnapshotName name = new SnapshotName(volume, found.get().getKey());
    Set<String> holds = found.get().getValue().holds();
    if (!holds.isEmpty())
      return Optional.of(
          new GatewayError.Conflict(
              "snapshot %s is held: %s; release it first"
                  .formatted(name, String.join(", ", holds))));
    if (open.isOpen(guid))
      return Optional.of(
          new GatewayError.Conflict("snapshot %s is open; close it first".formatted(name)));
    edit.withoutSnapshot(name.snapshot());
    return Optional.empty();
  }

  private static Optional<Map.Entry<String, Snapshot>> find(Manifest manifest, UUID guid) {
    return manifest.snapshots().entrySet().stream()
        .filter(entry -> entry.getValue().guid().equals(guid))
        .findFirst();
  }

  private static GatewayError unknown(String volume, UUID guid) {
    return new GatewayError.NotFound("volume %s has no snapshot %s".formatted(volume, guid));
  }

  private static Map.Entry<String, Snapshot> require(String volume, Manifest manifest, UUID guid) {
    return find(manifest, guid).orElseThrow(() -> unknown(volume, guid));
  }

  @Override
  public void hold(String volume, UUID snapshot, String tag) {
    holds(volume, snapshot, tag, true);
  }

  @Override
  public void release(String volume, UUID snapshot, String tag) {
    holds(volume, snapshot, tag, false);
  }

  private void holds(String volume, UUID guid, String tag, boolean held) {
    catalogue.change(() -> {
      Manifest before = catalogue.require(volume);
      Map.Entry<String, Snapshot> found = require(volume, before, guid);
      Snapshot snapshot = found.getValue();
      if (snapshot.holds().contains(tag) != held)
        catalogue.replace(
            volume, before.edit().snapshot(found.getKey(), snapshot.held(tag, held)).done());
      return held;
    });
  }

  @Override
  public void moveHold(String volume, UUID guid, String tag) {
    catalogue.change(() -> {
      Manifest before = catalogue.require(volume);
      Map.Entry<String, Snapshot> found = require(volume, before, guid);
      Manifest after =
          before
              .edit()
              .snapshot(found.getKey(), found.getValue().held(tag, true))
              .onlyThese(Set.of(guid), tag)
              .done();
      if (!after.snapshots().equals(before.snapshots())) catalogue.replace(volume, after);
      return after;
    });
  }

  @Override
  public VolumeInfo clone(String volume, UUID snapshot, String name) {
    VolumeName.require(name);
    return catalogue.change(() -> {
      newVolumes.accept(name);
      Manifest from = catalogue.require(volume);
      Snapshot cloned = require(volume, from, snapshot).getValue();
      long sizeBytes = from.layer(cloned.layer()).sizeBytes();
      Manifest manifest =
          Manifest.ofClone(Guids.next(), clock.instant(), from, cloned.layer(), Manifest.anId());
      new Creation(disk, catalogue.files())
          .carryOut(name, manifest, () -> creation.claiming(manifest.head(), sizeBytes).close());
      catalogue.volumes().put(name, manifest);
      return new VolumeInfo(manifest.volume(), name, sizeBytes, 0, manifest.created());
    });
  }

  @Override
  public void rollback(String volume, UUID snapshot) {
    catalogue.change(() -> {
      open.awaitMerging(volume);
      open.requireNotOpen(volume);
      Manifest before = catalogue.require(volume);
      Snapshot to = require(volume, before, snapshot).getValue();
      String made = before.next();
      long sizeBytes = before.layer(to.layer()).sizeBytes();
      next.forget(made);
      creation.claiming(made, sizeBytes).close();
      Manifest after = before.edit().made(Optional.of(to.layer()), sizeBytes).head(made).done();
      catalogue.replace(volume, after);
      catalogue.freeDropped(volume, after);
      return after;
    });
    catalogue.freeRoom();
    layersChanged.run();
  }

  @Override
  public void diff(String volume, Optional<UUID> from, UUID to, long offset, Extent.Sink sink) {
    open.differences().extents(() -> ends(volume, from, to, offset), offset, sink);
  }

  private Differences.Ends ends(String volume, Optional<UUID> from, UUID to, long offset) {
    Manifest manifest = catalogue.require(volume);
    String newer = require(volume, manifest, to).getValue().layer();
    Optional<String> older = from.map(guid -> require(volume, manifest, guid).getValue().layer());
    Ranges.require(volume, manifest.layer(newer).sizeBytes(), offset, 0);
    return new Differences.Ends(manifest, older, newer, _ -> List.of());
  }

  @Override
  public Volume openSnapshot(String volume, UUID snapshot) {
    synchronized (catalogue) {
      Manifest manifest = catalogue.require(volume);
      Map.Entry<String, Snapshot> found = require(volume, manifest, snapshot);
      SnapshotName name = new SnapshotName(volume, found.getKey());
      String layer = found.getValue().layer();
      return open.openSnapshot(
          new VolumeInfo(
              manifest.volume(),
              name.toString(),
              manifest.layer(layer).sizeBytes(),
              0,
              found.getValue().created()),
          snapshot,
          manifest,
          layer);
    }
  }

  @Override
  public Map<UUID, SnapshotSpace> space(String volume) {
    Manifest manifest = catalogue.require(volume);
    Map<UUID, SnapshotSpace> spaces = new HashMap<>();
    Space space = new Space(catalogue, manifest);
    for (Snapshot snapshot : manifest.snapshots().values())
      spaces.put(snapshot.guid(), space.of(snapshot));
    return spaces;
  }

  @Override
  public Receiving receive(String volume, StreamHeader header) {
    return receptions.receive(volume, header);
  }

  @Override
  public boolean isChanged(String volume) {
    return receptions.isChanged(volume);
  }

  @Override
  public Map<String, Partial> partials() {
    return receptions.partials();
  }

  @Override
  public void discardPartial(String volume) {
    receptions.discardPartial(volume);
  }

  void requireNotReceived(String volume) {
    if (receptions.isUnderWay(volume))
      throw new GatewayError.Conflict(
          "a snapshot of volume %s is being received".formatted(volume));
  }
}
