package dev.penstock.volumes;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.volume.Volume;
import dev.penstock.spi.volume.VolumeInfo;
import dev.penstock.spi.volume.VolumeName;
import dev.penstock.spi.volume.VolumeStore.Verifying;
import dev.penstock.volumes.disk.Disk;
import dev.penstock.volumes.disk.Facilities;
import dev.penstock.volumes.layer.Budget;
import dev.penstock.volumes.layer.Layers;
import dev.penstock.volumes.manifest.Guids;
import dev.penstock.volumes.manifest.Layout;
import dev.penstock.volumes.manifest.Manifest;
import dev.penstock.volumes.manifest.VolumeSize;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.LongConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A store that this process has: its volumes by name, and the changes to which volumes there are.
 *
 * <p><b>Lifecycle.</b> {@link #open}, {@link #close}. <b>Threads.</b> Any. Changes are made one at
 * a time, and hold nobody up who reads or writes a volume. <b>Errors.</b> As of {@link
 * dev.penstock.spi.volume.VolumeStore}, and of {@link Catalogue}.
 */
final class Store implements AutoCloseable {
  /**
   * @param volumes how many there can be
   * @param volumeBytes how large one can be
   * @param openLayers how many files of layers stay open that nobody uses
   * @param mapBytes how much memory claims and owners may take
   * @param unkeptBytes how much comes of what is received until it is made durable: as much is sent
   *     twice after a crash
   */
  record Limits(int volumes, long volumeBytes, int openLayers, long mapBytes, long unkeptBytes) {
    Limits(int volumes, long volumeBytes, int openLayers, long mapBytes) {
      this(volumes, volumeBytes, openLayers, mapBytes, 64L << 20);
    }
  }

  private static final Logger log = LoggerFactory.getLogger(Store.class);

  /** Somebody has to remove a volume, or raise a limit. */
  private static final Duration LOOK_AGAIN = Duration.ofMinutes(1);

  private final Disk disk;
  private final StoreLock lock;
  private final Facilities facilities;
  private final Limits limits;
  private final InstantSource clock;
  private final Catalogue catalogue;
  private final OpenVolumes open;
  private final Snapshots snapshots;
  private final Merging merging;
  private final NextLayers next;
  private final Leftovers leftovers;
  private final Ownerships ownerships;

  private Store(
      Disk disk,
      StoreLock lock,
      Facilities facilities,
      Findings found,
      Limits limits,
      InstantSource clock,
      LongConsumer syncTimes) {
    this.disk = disk;
    this.lock = lock;
    this.facilities = facilities;
    this.limits = limits;
    this.clock = clock;
    Layers layers =
        new Layers(
            disk, facilities, new Budget(limits.openLayers()), new Budget(limits.mapBytes()));
    this.catalogue = new Catalogue(disk, layers, found.volumes(), found.broken());
    this.open = new OpenVolumes(disk, catalogue, facilities, this::requireSize, syncTimes);
    this.next = new NextLayers(new LayerCreation(disk, catalogue.files()));
    Receptions receptions =
        new Receptions(
            disk, catalogue, open, this::requireReceivable, next, clock, limits.unkeptBytes());
    this.snapshots =
        new Snapshots(disk, catalogue, open, this::requireNewVolume, receptions, next, clock);
    this.leftovers = new Leftovers(disk, catalogue, found.strangers());
    this.ownerships = new Ownerships(disk, catalogue, found.ownerships());
    this.merging = new Merging(disk, catalogue, open, next, facilities);
  }

  /**
   * Takes the store for this process; an empty directory becomes one. Nothing is changed before all
   * of it was looked at; then what a crash left half done is removed. A volume that is not sound is
   * refused by itself.
   *
   * @param syncTimes is told how long each sync took, in nanoseconds
   */
  static Store open(Disk disk, Limits limits, InstantSource clock, LongConsumer syncTimes) {
    StoreLock lock = StoreLock.take(disk, clock.instant());
    try {
      Facilities facilities = lock.file().probe();
      Findings found = Findings.of(disk, facilities);
      sign(lock, clock.instant());
      new Recovery(disk).carryOut(found);
      return new Store(disk, lock, facilities, found, limits, clock, syncTimes);
    } catch (RuntimeException e) {
      lock.close();
      throw e;
    }
  }

  private static void sign(StoreLock lock, Instant since) {
    try {
      lock.sign(ProcessHandle.current().pid(), since);
    } catch (GatewayError e) { // on a full disk, say: the lock is what counts
      log.atWarn().addKeyValue("reason", e.what()).log("store holder not noted");
    }
  }

  UUID guid() {
    return lock.header().store();
  }

  Facilities facilities() {
    return facilities;
  }

  int count() {
    return catalogue.count();
  }

  long freeBytes() {
    return disk.freeBytes();
  }

  Snapshots snapshots() {
    return snapshots;
  }

  Merging merging() {
    return merging;
  }

  /** Told whenever there may be layers to merge. */
  void onLayersChanged(Runnable listener) {
    snapshots.onLayersChanged(listener);
  }

  /** A volume that is broken too, without a size: who opens it is told why. */
  List<VolumeInfo> list() {
    List<VolumeInfo> infos = new ArrayList<>();
    catalogue
        .volumes()
        .forEach((name, manifest) -> {
          if (!Layout.isIncoming(name)) infos.add(info(name, manifest));
        });
    for (String name : catalogue.broken().keySet())
      if (!Layout.isIncoming(name)) infos.add(unusable(name));
    return infos;
  }

  Optional<VolumeInfo> find(String name) {
    if (Layout.isIncoming(name)) return Optional.empty();
    Manifest manifest = catalogue.volumes().get(name);
    if (manifest != null) return Optional.of(info(name, manifest));
    return catalogue.broken().containsKey(name) ? Optional.of(unusable(name)) : Optional.empty();
  }

  private static VolumeInfo unusable(String name) {
    return new VolumeInfo(new UUID(0, 0), name, 0, 0, Instant.EPOCH);
  }

  private VolumeInfo info(String name, Manifest manifest) {
    return new VolumeInfo(
        manifest.volume(),
        name,
        manifest.sizeBytes(),
        catalogue.stored().of(manifest),
        manifest.created(),
        manifest.replica());
  }

  VolumeInfo create(String name, long sizeBytes) {
    VolumeName.require(name);
    requireSize(name, sizeBytes);
    return catalogue.change(() -> {
      requireNewVolume(name);
      Manifest manifest = Manifest.ofNew(Guids.next(), clock.instant(), sizeBytes, Manifest.anId());
      LayerCreation layers = new LayerCreation(disk, catalogue.files());
      new Creation(disk, catalogue.files())
          .carryOut(name, manifest, () -> layers.root(manifest.head(), sizeBytes));
      catalogue.volumes().put(name, manifest);
      return info(name, manifest);
    });
  }

  private void requireNewVolume(String name) {
    if (catalogue.isTaken(name))
      throw new GatewayError.Conflict("there is a volume %s already".formatted(name));
    if (catalogue.count() >= limits.volumes())
      throw new GatewayError.Unavailable(
          Scope.REQUEST,
          LOOK_AGAIN,
          "the store has %d volumes, as many as volumes_max allows".formatted(count()));
  }

  private void requireReceivable(String name, long sizeBytes) {
    requireNewVolume(name);
    if (sizeBytes > 0) requireSize(name, sizeBytes);
  }

  private void requireSize(String name, long sizeBytes) {
    VolumeSize.objection(sizeBytes)
        .ifPresent(why -> {
          throw new GatewayError.Invalid("volume %s: %s".formatted(name, why));
        });
    if (sizeBytes > limits.volumeBytes())
      throw new GatewayError.Invalid(
          "volume %s: %d bytes are more than the %d that volume_bytes_max allows"
              .formatted(name, sizeBytes, limits.volumeBytes()));
  }

  Volume openVolume(String name) {
    ownerships.requireReadable(name);
    return open.open(name);
  }

  void setReplica(String name, boolean replica) {
    catalogue.change(() -> {
      Manifest before = catalogue.require(name);
      if (before.replica() != replica)
        catalogue.replace(name, before.edit().replica(replica).done());
      return replica;
    });
  }

  void remove(String name) {
    catalogue.change(() -> {
      Manifest manifest = catalogue.require(name);
      open.awaitMerging(name);
      open.requireRemovable(name);
      snapshots.requireNotReceived(name);
      Removal removal = new Removal(disk, catalogue);
      removal.carryOut(name, manifest);
      next.forget(manifest.next());
      catalogue.volumes().remove(name);
      removal.freeLayers(manifest);
      return manifest;
    });
    catalogue.freeRoom();
  }

  void verify(String name, Verifying progress) {
    new Verification(disk, catalogue, open, facilities, name, progress).carryOut();
    ownerships.verify(name, progress);
  }

  /** See {@link Repair}. {@link GatewayError.Conflict} while the volume is open. */
  void repair(String name, boolean apply, Verifying progress) {
    if (catalogue.broken().containsKey(name)) {
      verify(name, progress); // says why it is refused
      return;
    }
    var _ = catalogue.require(name);
    Repair repair = new Repair(disk, catalogue, facilities, name, apply, progress);
    merging.whileNothingIsMerged(() ->
        open.merging(
            name,
            _ -> open.requireNotOpen(name),
            isAwaited -> repair.carryOut(told -> verify(name, told), isAwaited)));
  }

  Ownerships ownerships() {
    return ownerships;
  }

  Leftovers leftovers() {
    return leftovers;
  }

  /** Closes volumes that are still open, and lets the next process have the store. */
  @Override
  public void close() {
    open.close();
    next.close();
    catalogue.layers().close();
    lock.close();
  }
}
