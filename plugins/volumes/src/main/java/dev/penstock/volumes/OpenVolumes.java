package dev.penstock.volumes;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.volume.Change;
import dev.penstock.spi.volume.VolumeInfo;
import dev.penstock.volumes.claim.ClaimLog;
import dev.penstock.volumes.claim.Claims;
import dev.penstock.volumes.disk.Disk;
import dev.penstock.volumes.disk.Facilities;
import dev.penstock.volumes.head.ClaimingHead;
import dev.penstock.volumes.head.ClaimingOpening;
import dev.penstock.volumes.head.RootHead;
import dev.penstock.volumes.layer.Layer;
import dev.penstock.volumes.layer.Layers;
import dev.penstock.volumes.layer.View;
import dev.penstock.volumes.manifest.Layout;
import dev.penstock.volumes.manifest.Manifest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongConsumer;

/**
 * The volumes and snapshots that are open.
 *
 * <p><b>Threads.</b> Any. The lock of the {@link Catalogue} is taken after those of a volume.
 */
final class OpenVolumes implements StoredVolume.Home, SnapshotVolume.Home {
  /** Refuses a size. */
  @FunctionalInterface
  interface SizeCheck {
    void require(String volume, long sizeBytes);
  }

  private final Disk disk;
  private final Catalogue catalogue;
  private final Layers layers;
  private final Facilities facilities;
  private final SizeCheck sizes;
  private final LongConsumer syncTimes;
  private final Differences differences;
  private final Map<String, StoredVolume> volumes = new ConcurrentHashMap<>();
  private final Map<String, Boolean> merging =
      new ConcurrentHashMap<>(); // and whether it is awaited
  private final Set<View> others = ConcurrentHashMap.newKeySet();
  private final Set<SnapshotVolume> snapshots = ConcurrentHashMap.newKeySet();

  OpenVolumes(
      Disk disk,
      Catalogue catalogue,
      Facilities facilities,
      SizeCheck sizes,
      LongConsumer syncTimes) {
    this.disk = disk;
    this.catalogue = catalogue;
    this.layers = catalogue.layers();
    this.facilities = facilities;
    this.sizes = sizes;
    this.syncTimes = syncTimes;
    this.differences = new Differences(catalogue, this);
  }

  StoredVolume open(String name) {
    synchronized (catalogue) {
      awaitMerging(name); // before the checks: others are let in while this waits
      requireNotOpen(name);
      Manifest manifest = catalogue.require(name);
      // Here and not when the store is opened: there may be many. See Recovery for the reason.
      catalogue.files().syncDirectory(Layout.volume(name));
      StoredVolume volume =
          new StoredVolume(name, manifest, parts(manifest, manifest.head()), facilities, this);
      volumes.put(name, volume);
      return volume;
    }
  }

  /** What writes a layer, and reads it and what is below. */
  StoredVolume.Parts parts(Manifest manifest, String layer) {
    return parts(manifest, layer, top -> ClaimingOpening.of(disk, top));
  }

  /** As {@link #parts}, of a layer that was just made, with its log, which is closed with it. */
  StoredVolume.Parts newParts(Manifest manifest, String layer, ClaimLog log) {
    try {
      return parts(manifest, layer, top -> ClaimingOpening.ofNew(disk, top, log));
    } catch (RuntimeException e) {
      log.close();
      throw e;
    }
  }

  private StoredVolume.Parts parts(
      Manifest manifest, String layer, Function<Layer, ClaimingOpening> claiming) {
    List<Layer> chain = layers.chain(manifest, layer);
    Layer top = chain.getFirst();
    if (!top.data().hold()) throw new IllegalStateException("the head is being removed");
    try {
      if (top.isRoot())
        return new StoredVolume.Parts(
            layers.view(chain, _ -> List.of()), new RootHead(top, facilities));
      ClaimingOpening opening = claiming.apply(top);
      View view = layers.view(chain, opening);
      return new StoredVolume.Parts(view, opening.head(view, facilities));
    } catch (RuntimeException e) {
      top.data().release();
      throw e;
    }
  }

  /**
   * Merges something into the head of a volume: as it is used, or while nobody can open it.
   *
   * @param still is told whether somebody waits for the volume, and leaves then
   */
  void merging(String name, Consumer<StoredVolume> online, Consumer<BooleanSupplier> still) {
    StoredVolume volume;
    synchronized (catalogue) {
      volume = volumes.get(name);
      if (volume == null) merging.put(name, false);
    }
    if (volume != null) {
      online.accept(volume);
      return;
    }
    try {
      still.accept(() -> merging.getOrDefault(name, false));
    } finally {
      synchronized (catalogue) {
        merging.remove(name);
        catalogue.notifyAll();
      }
    }
  }

  /** Within a change: whoever merges leaves off, after the piece that is under way. */
  void awaitMerging(String name) {
    while (merging.computeIfPresent(name, (_, _) -> true) != null)
      try {
        catalogue.wait();
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
        throw new GatewayError.Conflict("volume %s is being merged; try again".formatted(name));
      }
  }

  /** The view that a snapshot is read through. */
  SnapshotVolume openSnapshot(VolumeInfo info, UUID guid, Manifest manifest, String layer) {
    View view = layers.view(layers.chain(manifest, layer), _ -> List.of());
    SnapshotVolume snapshot = new SnapshotVolume(info, guid, view, facilities, this);
    snapshots.add(snapshot);
    return snapshot;
  }

  /** Neither open nor something that somebody wants to keep. */
  void requireRemovable(String name) {
    requireNotOpen(name);
    catalogue
        .require(name)
        .snapshots()
        .forEach((snapshot, its) -> {
          if (!its.holds().isEmpty())
            throw new GatewayError.Conflict(
                "snapshot %s@%s is held: %s; release it first"
                    .formatted(name, snapshot, String.join(", ", its.holds())));
          if (isOpen(its.guid()))
            throw new GatewayError.Conflict(
                "snapshot %s@%s is open; close it first".formatted(name, snapshot));
        });
  }

  void requireNotOpen(String name) {
    if (volumes.containsKey(name))
      throw new GatewayError.Conflict("volume %s is open; close it first".formatted(name));
  }

  Facilities facilities() {
    return facilities;
  }

  Differences differences() {
    return differences;
  }

  Optional<StoredVolume> volume(String name) {
    return Optional.ofNullable(volumes.get(name));
  }

  boolean isOpen(UUID snapshot) {
    return snapshots.stream().anyMatch(open -> open.guid().equals(snapshot));
  }

  /** What a layer claims that is being written, durable or not; empty if it is not the head now. */
  Optional<Claims> claimsOfHead(String name, String layer) {
    return volume(name)
        .filter(volume -> volume.view().top().id().equals(layer))
        .map(StoredVolume::head)
        .filter(ClaimingHead.class::isInstance)
        .map(head -> ((ClaimingHead) head).claims());
  }

  /**
   * A view for a while, to be given to {@link #close(View)}; while no manifest changes, so that it
   * hears of every merge.
   */
  View view(List<Layer> chain, View.Ahead ahead) {
    View view = layers.view(chain, ahead);
    keep(view);
    return view;
  }

  /** As {@link #view}, of one that is there. */
  void keep(View view) {
    others.add(view);
  }

  void close(View view) {
    others.remove(view);
    view.close();
  }

  /** Every view that is open of anything. */
  List<View> views() {
    List<View> views = new ArrayList<>(others);
    volumes.values().forEach(volume -> views.add(volume.view()));
    snapshots.forEach(snapshot -> views.add(snapshot.view()));
    return views;
  }

  @Override
  public void grow(StoredVolume volume, long newSizeBytes) {
    String name = volume.name();
    sizes.require(name, newSizeBytes);
    catalogue.changeOf(
        name,
        () -> {
          Manifest before = catalogue.require(name);
          if (newSizeBytes < before.sizeBytes())
            throw new GatewayError.Invalid(
                "volume %s has %d bytes and cannot shrink to %d"
                    .formatted(name, before.sizeBytes(), newSizeBytes));
          if (newSizeBytes > before.sizeBytes()) grow(volume, before.grownTo(newSizeBytes));
          return newSizeBytes;
        });
  }

  private void grow(StoredVolume volume, Manifest after) {
    growHead(volume, after.sizeBytes()); // before the manifest that counts on it
    catalogue.replace(volume.name(), after);
    volume.view().top().grownTo(after.sizeBytes());
    volume.view().grown();
    volume.grown(after.sizeBytes());
  }

  private static void growHead(StoredVolume volume, long sizeBytes) {
    try {
      volume.head().growTo(sizeBytes);
      volume.syncHead();
    } catch (GatewayError.NoSpace e) {
      throw e;
    } catch (GatewayError e) {
      throw new GatewayError.Damaged(
          "volume %s: a sync failed while it grew, and what was written since the last flush may be lost: %s; check the disk, then close and open the volume"
              .formatted(volume.name(), e.what()),
          e);
    }
  }

  @Override
  public void changes(
      StoredVolume volume, UUID since, long offset, long lengthBytes, Change.Sink sink) {
    differences.changes(
        () -> {
          Manifest manifest = catalogue.require(volume.name());
          View.Ahead ahead =
              volume.head() instanceof ClaimingHead head ? head::ahead : _ -> List.of();
          String base = base(manifest, manifest.head(), volume.name(), since);
          return new Differences.Ends(manifest, Optional.of(base), manifest.head(), ahead);
        },
        new Differences.Range(offset, offset + lengthBytes),
        sink);
  }

  /** The layer of a snapshot that the other one comes from. */
  private static String base(Manifest manifest, String of, String volume, UUID snapshot) {
    String layer = layerOf(manifest, volume, snapshot);
    if (!manifest.chain(of).contains(layer))
      throw new GatewayError.NotFound(
          "volume %s does not come from its snapshot %s".formatted(volume, snapshot));
    return layer;
  }

  private static String layerOf(Manifest manifest, String volume, UUID snapshot) {
    return manifest.snapshots().values().stream()
        .filter(its -> its.guid().equals(snapshot))
        .map(Manifest.Snapshot::layer)
        .findFirst()
        .orElseThrow(() ->
            new GatewayError.NotFound("volume %s has no snapshot %s".formatted(volume, snapshot)));
  }

  @Override
  public void changes(
      SnapshotVolume snapshot, UUID since, long offset, long lengthBytes, Change.Sink sink) {
    String volume = snapshot.volume();
    differences.changes(
        () -> {
          Manifest manifest = catalogue.require(volume);
          String newer = layerOf(manifest, volume, snapshot.guid());
          String base = base(manifest, newer, volume, since);
          return new Differences.Ends(manifest, Optional.of(base), newer, _ -> List.of());
        },
        new Differences.Range(offset, offset + lengthBytes),
        sink);
  }

  @Override
  public boolean isReplica(StoredVolume volume) {
    Manifest manifest = catalogue.volumes().get(volume.name());
    return manifest != null && manifest.replica();
  }

  @Override
  public LongConsumer syncTimes() {
    return syncTimes;
  }

  @Override
  public void closed(StoredVolume volume) {
    volumes.remove(volume.name(), volume);
  }

  @Override
  public void closed(SnapshotVolume snapshot) {
    snapshots.remove(snapshot);
  }

  void close() {
    List.copyOf(volumes.values()).forEach(StoredVolume::close);
    List.copyOf(snapshots).forEach(SnapshotVolume::close);
  }
}
