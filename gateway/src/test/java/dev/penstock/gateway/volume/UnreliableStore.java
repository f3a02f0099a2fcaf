package dev.penstock.gateway.volume;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.ownership.Ownership;
import dev.penstock.spi.stream.Receiving;
import dev.penstock.spi.stream.StreamHeader;
import dev.penstock.spi.testing.MemoryVolumeStore;
import dev.penstock.spi.volume.Extent;
import dev.penstock.spi.volume.Finding;
import dev.penstock.spi.volume.Partial;
import dev.penstock.spi.volume.SnapshotInfo;
import dev.penstock.spi.volume.SnapshotSpace;
import dev.penstock.spi.volume.SnapshotStore;
import dev.penstock.spi.volume.StoreContext;
import dev.penstock.spi.volume.StoreDescriptor;
import dev.penstock.spi.volume.Volume;
import dev.penstock.spi.volume.VolumeInfo;
import dev.penstock.spi.volume.VolumeStore;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;

/** A store in memory whose snapshots fail, take their time, or are not there, as a test wants. */
final class UnreliableStore implements VolumeStore, SnapshotStore {
  final MemoryVolumeStore memory = new MemoryVolumeStore();

  /** What making a snapshot of a volume throws. */
  final Map<String, GatewayError> failing = new ConcurrentHashMap<>();

  /** What making a snapshot of a volume waits for. */
  final Map<String, CountDownLatch> slow = new ConcurrentHashMap<>();

  /** Comes when a snapshot of a volume is prepared, on the worker. */
  volatile Consumer<String> onPrepare = _ -> {};

  /** Comes before a snapshot of a volume is made, on the worker. */
  volatile Consumer<String> beforeCreate = _ -> {};

  /** Comes before the snapshots of a volume are listed, on the worker. */
  volatile Consumer<String> beforeList = _ -> {};

  /** Comes before a record of who owns a volume is written, on the worker. */
  volatile Consumer<Ownership> beforeKeeping = _ -> {};

  volatile Consumer<Verifying> verification = _ -> {};
  volatile boolean speechless;
  volatile OptionalLong free = OptionalLong.empty();
  private boolean hasSnapshots = true;

  /** It can do no more than a store must. */
  static UnreliableStore withoutSnapshots() {
    var store = new UnreliableStore();
    store.hasSnapshots = false;
    return store;
  }

  static void waitFor(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private SnapshotStore its() {
    return memory.snapshots().orElseThrow();
  }

  @Override
  public void prepare(String volume) {
    onPrepare.accept(volume);
  }

  @Override
  public SnapshotInfo create(String volume, String snapshot) {
    beforeCreate.accept(volume);
    CountDownLatch wait = slow.get(volume);
    if (wait != null) waitFor(wait);
    GatewayError failure = failing.get(volume);
    if (failure != null) throw failure;
    return its().create(volume, snapshot);
  }

  @Override
  public Map<UUID, Optional<GatewayError>> destroy(String volume, List<UUID> snapshots) {
    Map<UUID, Optional<GatewayError>> said = its().destroy(volume, snapshots);
    return speechless ? Map.of() : said;
  }

  @Override
  public void verify(String name, Verifying progress) {
    verification.accept(progress);
  }

  /** Tells whether it was asked to apply what it found. */
  @Override
  public void repair(String name, boolean apply, Verifying progress) {
    progress.found(leak(name + (apply ? " is repaired" : " would be repaired")));
  }

  static Finding leak(String what) {
    return new Finding(Finding.Weight.LEAK, what);
  }

  @Override
  public List<SnapshotInfo> list(String volume) {
    beforeList.accept(volume);
    return its().list(volume);
  }

  @Override
  public void hold(String volume, UUID snapshot, String tag) {
    its().hold(volume, snapshot, tag);
  }

  @Override
  public void release(String volume, UUID snapshot, String tag) {
    its().release(volume, snapshot, tag);
  }

  @Override
  public VolumeInfo clone(String volume, UUID snapshot, String name) {
    return its().clone(volume, snapshot, name);
  }

  @Override
  public void rollback(String volume, UUID snapshot) {
    its().rollback(volume, snapshot);
  }

  @Override
  public void diff(String volume, Optional<UUID> from, UUID to, long offset, Extent.Sink sink) {
    its().diff(volume, from, to, offset, sink);
  }

  @Override
  public Volume openSnapshot(String volume, UUID snapshot) {
    return its().openSnapshot(volume, snapshot);
  }

  @Override
  public Map<UUID, SnapshotSpace> space(String volume) {
    return its().space(volume);
  }

  @Override
  public boolean isChanged(String volume) {
    return its().isChanged(volume);
  }

  @Override
  public Receiving receive(String volume, StreamHeader header) {
    return its().receive(volume, header);
  }

  @Override
  public Map<String, Partial> partials() {
    return its().partials();
  }

  @Override
  public void discardPartial(String volume) {
    its().discardPartial(volume);
  }

  @Override
  public void setReplica(String name, boolean replica) {
    memory.setReplica(name, replica);
  }

  @Override
  public OptionalLong freeBytes() {
    return free;
  }

  @Override
  public Optional<SnapshotStore> snapshots() {
    return hasSnapshots ? Optional.of(this) : Optional.empty();
  }

  @Override
  public StoreDescriptor descriptor() {
    return memory.descriptor();
  }

  @Override
  public void validate(Block settings, Problems problems) {
    memory.validate(settings, problems);
  }

  @Override
  public void open(StoreContext context) {
    memory.open(context);
  }

  @Override
  public Set<String> ownerships() {
    return memory.ownerships();
  }

  @Override
  public Optional<Ownership> ownership(String name) {
    return memory.ownership(name);
  }

  @Override
  public void keepOwnership(String name, Ownership ownership) {
    beforeKeeping.accept(ownership);
    memory.keepOwnership(name, ownership);
  }

  @Override
  public List<VolumeInfo> list() {
    return memory.list();
  }

  @Override
  public VolumeInfo create(String name, long sizeBytes) {
    return memory.create(name, sizeBytes);
  }

  @Override
  public Volume openVolume(String name) {
    return memory.openVolume(name);
  }

  @Override
  public void remove(String name) {
    memory.remove(name);
  }

  @Override
  public void close() {
    memory.close();
  }
}
