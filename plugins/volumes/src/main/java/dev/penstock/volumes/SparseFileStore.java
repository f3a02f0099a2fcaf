package dev.penstock.volumes;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.metrics.Metrics;
import dev.penstock.spi.ownership.Ownership;
import dev.penstock.spi.volume.Finding;
import dev.penstock.spi.volume.SnapshotStore;
import dev.penstock.spi.volume.StoreContext;
import dev.penstock.spi.volume.StoreDescriptor;
import dev.penstock.spi.volume.StoreDescriptor.WaitsOn;
import dev.penstock.spi.volume.Volume;
import dev.penstock.spi.volume.VolumeInfo;
import dev.penstock.spi.volume.VolumeStore;
import dev.penstock.volumes.disk.Disk;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.pf4j.Extension;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The kind {@code files}: a directory of sparse files on a local file system. */
@Extension
public final class SparseFileStore implements VolumeStore {
  private static final Logger log = LoggerFactory.getLogger(SparseFileStore.class);

  private volatile @Nullable Store store;
  private volatile @Nullable Upkeep upkeep;

  @Override
  public StoreDescriptor descriptor() {
    return new StoreDescriptor("files", WaitsOn.FILES);
  }

  @Override
  public void validate(Block settings, Problems problems) {
    StoreSettings.read(settings, problems);
  }

  @Override
  public void open(StoreContext context) {
    Problems problems = new Problems();
    StoreSettings settings =
        StoreSettings.read(context.settings(), problems)
            .orElseThrow(() -> new GatewayError.Invalid(problems.inOrder().toString()));
    long beganNanos = System.nanoTime();
    Disk disk = StoreDirectory.disk(settings);
    Metrics.Timer syncs =
        context
            .metrics()
            .timer(
                "files_sync",
                "How long the disk took to make the writes to a volume durable",
                "store",
                context.store());
    Store opened =
        Store.open(
            disk,
            new Store.Limits(
                settings.volumesMax(),
                settings.volumeBytesMax(),
                settings.openLayersMax(),
                settings.mapBytesMax()),
            context.clock(),
            syncs::record);
    Upkeep merging = new Upkeep(context, opened.merging());
    opened.onLayersChanged(merging::wake);
    upkeep = merging;
    store = opened;
    log.atInfo()
        .addKeyValue("store", context.store())
        .addKeyValue("path", settings.path())
        .addKeyValue("guid", opened.guid())
        .addKeyValue("volumes", opened.count())
        .addKeyValue("took", Duration.ofNanos(System.nanoTime() - beganNanos))
        .addKeyValue("free_bytes", opened.freeBytes())
        .addKeyValue("calls", disk.getClass().getSimpleName())
        .addKeyValue("facilities", opened.facilities())
        .log("store opened");
    merging.wake();
  }

  @Override
  public List<VolumeInfo> list() {
    return store().list();
  }

  @Override
  public Optional<VolumeInfo> find(String name) {
    return store().find(name);
  }

  @Override
  public VolumeInfo create(String name, long sizeBytes) {
    return store().create(name, sizeBytes);
  }

  @Override
  public Volume openVolume(String name) {
    Volume opened = store().openVolume(name);
    Upkeep merging = upkeep;
    if (merging != null) merging.wake(); // a layer may be wanted for its next snapshot
    return opened;
  }

  @Override
  public void remove(String name) {
    store().remove(name);
  }

  @Override
  public void setReplica(String name, boolean replica) {
    store().setReplica(name, replica);
  }

  @Override
  public Set<String> ownerships() {
    return store().ownerships().names();
  }

  @Override
  public Optional<Ownership> ownership(String name) {
    return store().ownerships().find(name);
  }

  @Override
  public void keepOwnership(String name, Ownership ownership) {
    store().ownerships().keep(name, ownership);
  }

  @Override
  public void forgetOwnership(String name) {
    store().ownerships().forget(name);
  }

  @Override
  public OptionalLong freeBytes() {
    return OptionalLong.of(store().freeBytes());
  }

  @Override
  public Optional<SnapshotStore> snapshots() {
    return Optional.of(store().snapshots());
  }

  @Override
  public void verify(String name, Verifying progress) {
    store().verify(name, progress);
  }

  @Override
  public void repair(String name, boolean apply, Verifying progress) {
    try {
      store().repair(name, apply, progress);
    } finally {
      Upkeep merging = upkeep;
      if (merging != null) merging.wake(); // it may have given way
    }
  }

  @Override
  public List<Finding> leftovers(Optional<String> aside, boolean apply) {
    Leftovers leftovers = store().leftovers();
    return aside.map(layer -> leftovers.moveAside(layer, apply)).orElseGet(leftovers::findings);
  }

  @Override
  public void close() {
    Upkeep merging = upkeep;
    if (merging != null) merging.close();
    Store open = store;
    upkeep = null;
    store = null;
    if (open != null) open.close();
  }

  private Store store() {
    Store open = store;
    if (open == null) throw new IllegalStateException("the store is not open");
    return open;
  }
}
