package dev.penstock.volumes;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.volume.Volume;
import dev.penstock.spi.volume.VolumeInfo;
import dev.penstock.spi.volume.VolumeName;
import dev.penstock.volumes.disk.Disk;
import dev.penstock.volumes.disk.Disk.Opening;
import dev.penstock.volumes.disk.DiskFile;
import dev.penstock.volumes.disk.Facilities;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A store that this process has: its volumes by name, and the changes to which volumes there are.
 *
 * <p><b>Lifecycle.</b> {@link #open}, {@link #close}. <b>Threads.</b> Any. Changes are made one at
 * a time, and hold nobody up who reads or writes a volume. <b>Errors.</b> As of {@link
 * dev.penstock.spi.volume.VolumeStore}. A directory that could not be synced leaves open what a
 * power cut would leave: every later change is {@link GatewayError.Damaged} until the store is
 * opened anew.
 */
final class Store implements RawVolume.Home, AutoCloseable {
  /**
   * @param volumes how many there can be
   * @param volumeBytes how large one can be
   */
  record Limits(int volumes, long volumeBytes) {}

  private static final Logger log = LoggerFactory.getLogger(Store.class);

  /** Somebody has to remove a volume, raise a limit, or open the store anew. */
  private static final Duration LOOK_AGAIN = Duration.ofMinutes(1);

  private final Disk disk;
  private final StoreFiles files;
  private final StoreLock lock;
  private final Facilities facilities;
  private final Limits limits;
  private final InstantSource clock;
  private final LongConsumer syncTimes;
  private final Map<String, Manifest> volumes;
  private final Map<String, RawVolume> opened = new ConcurrentHashMap<>();
  private final Object changing = new Object();
  private @Nullable String damage; // guarded by changing

  private Store(
      Disk disk,
      StoreLock lock,
      Map<String, Manifest> volumes,
      Limits limits,
      InstantSource clock,
      LongConsumer syncTimes) {
    this.disk = disk;
    this.files = new StoreFiles(disk);
    this.lock = lock;
    this.facilities = lock.file().probe();
    this.volumes = new ConcurrentHashMap<>(volumes);
    this.limits = limits;
    this.clock = clock;
    this.syncTimes = syncTimes;
  }

  /**
   * Takes the store for this process; an empty directory becomes one. Nothing is changed before all
   * of it was read and found sound; then what a crash left half done is removed.
   *
   * @param syncTimes is told how long each sync took, in nanoseconds
   */
  static Store open(Disk disk, Limits limits, InstantSource clock, LongConsumer syncTimes) {
    StoreLock lock = StoreLock.take(disk, clock.instant());
    try {
      Findings found = Findings.of(disk);
      sign(lock, clock.instant());
      new Recovery(disk).carryOut(found);
      return new Store(disk, lock, found.volumes(), limits, clock, syncTimes);
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
    return volumes.size();
  }

  long freeBytes() {
    return disk.freeBytes();
  }

  List<VolumeInfo> list() {
    List<VolumeInfo> infos = new ArrayList<>();
    volumes.forEach((name, manifest) -> infos.add(info(name, manifest)));
    return infos;
  }

  private VolumeInfo info(String name, Manifest manifest) {
    return new VolumeInfo(
        manifest.volume(),
        name,
        manifest.sizeBytes(),
        manifest.layers().keySet().stream().mapToLong(this::storedBytes).sum(),
        manifest.created());
  }

  private long storedBytes(String layer) {
    try (DiskFile file = disk.open(Layout.dataOf(layer), Opening.EXISTING)) {
      return file.allocatedBytes();
    } catch (GatewayError.Failed _) { // its volume is being removed
      return 0;
    }
  }

  VolumeInfo create(String name, long sizeBytes) {
    VolumeName.require(name);
    requireSize(name, sizeBytes);
    synchronized (changing) {
      requireSound();
      if (volumes.containsKey(name))
        throw new GatewayError.Conflict("there is a volume %s already".formatted(name));
      if (volumes.size() >= limits.volumes())
        throw new GatewayError.Unavailable(
            Scope.REQUEST,
            LOOK_AGAIN,
            "the store has %d volumes, as many as volumes_max allows".formatted(volumes.size()));
      Manifest manifest =
          Manifest.ofNew(
              UUID.randomUUID(), clock.instant(), sizeBytes, UUID.randomUUID().toString());
      change(() -> new Creation(disk, files).carryOut(name, manifest));
      volumes.put(name, manifest);
      return info(name, manifest);
    }
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
    synchronized (changing) {
      Manifest manifest = require(name);
      requireNotOpen(name);
      if (!manifest.isOneFile())
        throw new GatewayError.Unsupported(
            "volume %s has snapshots, which this version cannot serve".formatted(name));
      // Here and not when the store is opened: there may be many. See Recovery for the reason.
      files.syncDirectory(Layout.volume(name));
      DiskFile data = disk.open(Layout.dataOf(manifest.head()), Opening.EXISTING);
      try {
        RawVolume volume = new RawVolume(name, manifest, data, facilities, this);
        opened.put(name, volume);
        return volume;
      } catch (RuntimeException e) {
        data.close();
        throw e;
      }
    }
  }

  void remove(String name) {
    synchronized (changing) {
      requireSound();
      Manifest manifest = require(name);
      requireNotOpen(name);
      Removal removal = new Removal(disk, files);
      change(() -> removal.carryOut(name, manifest));
      volumes.remove(name);
      removal.freeLayers(manifest, volumes.values());
    }
  }

  @Override
  public void grow(String name, DiskFile data, long sizeBytes) {
    requireSize(name, sizeBytes);
    synchronized (changing) {
      requireSoundForGrowth(name);
      Manifest before = require(name);
      if (sizeBytes < before.sizeBytes())
        throw new GatewayError.Invalid(
            "volume %s has %d bytes and cannot shrink to %d"
                .formatted(name, before.sizeBytes(), sizeBytes));
      if (sizeBytes == before.sizeBytes()) return;
      Manifest after = before.grownTo(sizeBytes);
      data.truncate(sizeBytes);
      syncGrown(name, data); // before the manifest that counts on it
      change(() -> files.commit(Layout.volume(name), after));
      volumes.put(name, after);
    }
  }

  private static void syncGrown(String name, DiskFile data) {
    try {
      data.sync();
    } catch (GatewayError e) {
      throw new GatewayError.Damaged(
          "volume %s: a sync failed while it grew, and what was written since the last flush may be lost: %s; check the disk, then close and open the volume"
              .formatted(name, e.what()),
          e);
    }
  }

  private Manifest require(String name) {
    Manifest manifest = volumes.get(name);
    if (manifest == null)
      throw new GatewayError.NotFound("the store has no volume %s".formatted(name));
    return manifest;
  }

  private void requireNotOpen(String name) {
    if (opened.containsKey(name))
      throw new GatewayError.Conflict("volume %s is open; close it first".formatted(name));
  }

  private void requireSound() {
    Optional.ofNullable(damage)
        .ifPresent(why -> {
          throw new GatewayError.Damaged(why);
        });
  }

  /** The volume itself is sound: its bytes are not what the store cannot vouch for. */
  private void requireSoundForGrowth(String name) {
    Optional.ofNullable(damage)
        .ifPresent(why -> {
          throw new GatewayError.Unavailable(
              Scope.REQUEST,
              LOOK_AGAIN,
              "volume %s cannot grow before the store is reopened: %s".formatted(name, why));
        });
  }

  private void change(Runnable steps) {
    try {
      steps.run();
    } catch (GatewayError.Damaged e) {
      damage = e.what();
      throw e;
    }
  }

  @Override
  public LongConsumer syncTimes() {
    return syncTimes;
  }

  @Override
  public void closed(String name) {
    opened.remove(name);
  }

  /** Closes volumes that are still open, and lets the next process have the store. */
  @Override
  public void close() {
    List.copyOf(opened.values()).forEach(RawVolume::close);
    lock.close();
  }
}
