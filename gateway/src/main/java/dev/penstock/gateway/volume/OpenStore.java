package dev.penstock.gateway.volume;

import dev.penstock.gateway.volume.StoreStatus.State;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.ownership.Ownership;
import dev.penstock.spi.snapshot.VolumeHistory;
import dev.penstock.spi.stream.BlockSource;
import dev.penstock.spi.stream.Receiving;
import dev.penstock.spi.stream.StreamHeader;
import dev.penstock.spi.volume.Finding;
import dev.penstock.spi.volume.Partial;
import dev.penstock.spi.volume.SnapshotInfo;
import dev.penstock.spi.volume.SnapshotName;
import dev.penstock.spi.volume.SnapshotStore;
import dev.penstock.spi.volume.StoreDescriptor;
import dev.penstock.spi.volume.StoreDescriptor.WaitsOn;
import dev.penstock.spi.volume.Volume;
import dev.penstock.spi.volume.VolumeInfo;
import dev.penstock.spi.volume.VolumeStore;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.function.Function;

/** A store in the registry, with the volumes of it that are open. Threads: any. */
final class OpenStore {
  private static final Duration ASK_AGAIN = Duration.ofSeconds(1);

  private final String name;
  private final VolumeStore store;
  private final StoreDescriptor descriptor;
  private final HostStoreContext context;
  private final Workers workers;
  private final Set<String> openVolumes = new TreeSet<>();
  private final Promise<Void> unused = Promise.promise();
  private int callsUnderWay;
  private State state = State.OPENING;

  OpenStore(
      String name,
      VolumeStore store,
      StoreDescriptor descriptor,
      HostStoreContext context,
      Workers workers) {
    this.name = name;
    this.store = store;
    this.descriptor = descriptor;
    this.context = context;
    this.workers = workers;
  }

  String name() {
    return name;
  }

  WaitsOn waitsOn() {
    return descriptor.waitsOn();
  }

  synchronized StoreStatus status() {
    return new StoreStatus(name, descriptor.kind(), state, Optional.empty());
  }

  synchronized boolean isOpen() {
    return state == State.OPEN;
  }

  /**
   * Whatever becomes of it: a store that refused to open is asked to close, once. What was offered
   * when the process ended is owned again before anybody can use it.
   */
  Future<Void> open() {
    return run(
            () -> {
              store.open(context);
              for (String volume : store.ownerships())
                readable(volume)
                    .filter(record -> record.phase() instanceof Ownership.Offered)
                    .ifPresent(record -> store.keepOwnership(volume, record.withdrawn()));
              return Optional.empty();
            })
        .onSuccess(_ -> become(State.OPEN))
        .recover(refusal -> shut().transform(_ -> Future.failedFuture(refusal)))
        .mapEmpty();
  }

  /**
   * {@link GatewayError.Conflict} while volumes are open. Waits for the calls under way: none of
   * them may meet a store that is closed.
   */
  Future<Void> close() {
    boolean idle;
    synchronized (this) {
      if (!openVolumes.isEmpty())
        return Future.failedFuture(
            new GatewayError.Conflict(
                "store %s has open volumes: %s; stop what uses them first"
                    .formatted(name, String.join(", ", openVolumes))));
      if (state != State.OPEN)
        return Future.failedFuture(
            new GatewayError.Conflict("store %s is %s".formatted(name, state)));
      state = State.CLOSING;
      idle = callsUnderWay == 0;
    }
    if (idle) unused.tryComplete();
    return unused.future().compose(_ -> shut());
  }

  Future<List<VolumeInfo>> list() {
    return use(() -> store.list().stream().map(this::seen).toList());
  }

  Future<Optional<VolumeInfo>> find(String volume) {
    return use(() -> store.find(volume).map(this::seen));
  }

  /**
   * Whether it is a replica is what the record says, if there is one. Where that cannot be read it
   * looks like one: nobody writes it.
   */
  private VolumeInfo seen(VolumeInfo info) {
    try {
      return store.ownership(info.name()).map(record -> info.as(!record.isOwned())).orElse(info);
    } catch (GatewayError.Damaged unreadable) {
      return info.as(true);
    }
  }

  /** Empty if it has neither a volume of the name nor a record. */
  Future<Optional<Ownerships.Known>> known(String volume) {
    return use(() -> {
      Optional<VolumeInfo> info = store.find(volume);
      Optional<Ownership> record = store.ownership(volume);
      if (info.isEmpty() && record.isEmpty()) return Optional.empty();
      boolean replica = info.filter(VolumeInfo::replica).isPresent();
      return Optional.of(new Ownerships.Known(volume, this, info.map(this::seen), replica, record));
    });
  }

  /** Those that can be read. */
  Future<Map<String, Ownership>> ownerships() {
    return use(() -> {
      Map<String, Ownership> all = new TreeMap<>();
      for (String volume : store.ownerships())
        readable(volume).ifPresent(record -> all.put(volume, record));
      return all;
    });
  }

  private Optional<Ownership> readable(String volume) {
    try {
      return store.ownership(volume);
    } catch (GatewayError.Damaged unreadable) {
      return Optional.empty();
    }
  }

  Future<Void> keepOwnership(String volume, Ownership ownership) {
    return use(
            () -> {
              store.keepOwnership(volume, ownership);
              return Optional.empty();
            })
        .mapEmpty();
  }

  Future<Void> forgetOwnership(String volume) {
    return use(
            () -> {
              store.forgetOwnership(volume);
              return Optional.empty();
            })
        .mapEmpty();
  }

  Future<VolumeInfo> create(String volume, long sizeBytes) {
    return use(() -> store.create(volume, sizeBytes));
  }

  Future<Void> remove(String volume) {
    return use(
            () -> {
              store.remove(volume);
              return Optional.empty();
            })
        .mapEmpty();
  }

  Future<Void> setReplica(String volume, boolean replica) {
    return use(
            () -> {
              store.setReplica(volume, replica);
              return Optional.empty();
            })
        .mapEmpty();
  }

  /** The volume counts as open until {@link #closed}. */
  Future<Volume> openVolume(String volume) {
    return open(volume, () -> store.openVolume(volume));
  }

  /** The snapshot counts as open, under its full name, until {@link #closed}. */
  Future<Volume> openSnapshot(SnapshotName name, UUID guid) {
    return open(name.toString(), () -> snapshots(name.volume()).openSnapshot(name.volume(), guid));
  }

  /** The source counts as open, under {@code called}, until {@link #closed}. */
  Future<BlockSource> openSource(
      String called, String volume, Optional<UUID> from, UUID to, long offset) {
    return open(called, () -> snapshots(volume).send(volume, from, to, offset));
  }

  /** The reception counts as open, under {@code called}, until {@link #closed}. */
  Future<Receiving> openReceiving(String called, String volume, StreamHeader header) {
    return open(called, () -> snapshots(volume).receive(volume, header));
  }

  Future<OptionalLong> freeBytes() {
    return use(store::freeBytes);
  }

  /** In one call, since there may be thousands; one that goes meanwhile is left out. */
  Future<List<VolumeHistory>> histories() {
    return use(() -> {
      Optional<SnapshotStore> its = store.snapshots();
      Map<String, Partial> partials =
          new TreeMap<>(its.map(SnapshotStore::partials).orElse(Map.of()));
      List<VolumeHistory> all = new ArrayList<>();
      for (VolumeInfo info : store.list())
        history(seen(info), its, Optional.ofNullable(partials.remove(info.name())))
            .ifPresent(all::add);
      partials.forEach((volume, partial) ->
          all.add(
              new VolumeHistory(volume, Optional.empty(), name, List.of(), Optional.of(partial))));
      return all;
    });
  }

  private Optional<VolumeHistory> history(
      VolumeInfo info, Optional<SnapshotStore> its, Optional<Partial> partial) {
    try {
      List<SnapshotInfo> snapshots = its.map(all -> all.list(info.name())).orElse(List.of());
      return Optional.of(
          new VolumeHistory(info.name(), Optional.of(info), name, snapshots, partial));
    } catch (GatewayError.NotFound _) {
      return Optional.empty();
    }
  }

  /** Of one volume, there or being received; empty if there is neither. */
  Future<Optional<VolumeHistory>> history(String volume) {
    return use(() -> {
      Optional<SnapshotStore> its = store.snapshots();
      Optional<Partial> partial =
          its.flatMap(all -> Optional.ofNullable(all.partials().get(volume)));
      Optional<VolumeInfo> info = store.find(volume).map(this::seen);
      if (info.isPresent()) return history(info.get(), its, partial);
      return partial.map(
          one -> new VolumeHistory(volume, Optional.empty(), name, List.of(), Optional.of(one)));
    });
  }

  /** A call on something of it that is open. */
  <T> Future<T> onOpen(Callable<T> call) {
    return use(call);
  }

  /** As {@link #onOpen}, for a call that gives something back, and so cannot be refused. */
  Future<Void> closeOpen(Runnable close) {
    return workers
        .runRegardless(
            waitsOn(),
            () ->
                called(() -> {
                  close.run();
                  return Optional.empty();
                }))
        .mapEmpty();
  }

  private <T> Future<T> open(String called, Callable<T> opening) {
    synchronized (this) {
      if (state != State.OPEN) return Future.failedFuture(notOpen());
      openVolumes.add(called);
    }
    return use(opening).onFailure(_ -> closed(called));
  }

  /** The oldest first; none if the store has no snapshots. */
  Future<List<SnapshotInfo>> listSnapshots(String volume) {
    return use(() -> store.snapshots().map(its -> its.list(volume)).orElse(List.of()));
  }

  /** {@link GatewayError.NotFound} if the volume has none of this name. */
  Future<SnapshotInfo> findSnapshot(SnapshotName name) {
    return onSnapshots(name.volume(), its -> its.list(name.volume()))
        .map(all ->
            all.stream()
                .filter(info -> info.name().equals(name.snapshot()))
                .findFirst()
                .orElseThrow(() -> new GatewayError.NotFound("there is no snapshot " + name)));
  }

  /** {@link GatewayError.Unsupported} if the store has no snapshots. */
  <T> Future<T> onSnapshots(String volume, Function<SnapshotStore, T> call) {
    return use(() -> call.apply(snapshots(volume)));
  }

  Future<Void> verify(String volume, VolumeStore.Verifying progress) {
    return use(
            () -> {
              store.verify(volume, untilClosing("the look at volume " + volume, progress));
              return Optional.empty();
            })
        .mapEmpty();
  }

  Future<Void> repair(String volume, boolean apply, VolumeStore.Verifying progress) {
    return use(
            () -> {
              store.repair(volume, apply, untilClosing("the repair of volume " + volume, progress));
              return Optional.empty();
            })
        .mapEmpty();
  }

  Future<List<Finding>> leftovers(Optional<String> aside, boolean apply) {
    return use(() -> store.leftovers(aside, apply));
  }

  /** Long work, which the store would wait for before it closes: it ends early instead. */
  private VolumeStore.Verifying untilClosing(String work, VolumeStore.Verifying progress) {
    return new VolumeStore.Verifying() {
      @Override
      public void found(Finding finding) {
        requireOpen();
        progress.found(finding);
      }

      @Override
      public void reached(long units, long unitsTotal) {
        requireOpen();
        progress.reached(units, unitsTotal);
      }

      private void requireOpen() {
        if (!isOpen())
          throw new GatewayError.Unavailable(
              Scope.REQUEST,
              ASK_AGAIN,
              "%s was broken off: store %s is closing".formatted(work, name));
      }
    };
  }

  private SnapshotStore snapshots(String volume) {
    return store
        .snapshots()
        .orElseThrow(() ->
            new GatewayError.Unsupported(
                "volume %s is in store %s, which has no snapshots".formatted(volume, name)));
  }

  synchronized void closed(String volume) {
    openVolumes.remove(volume);
  }

  private <T> Future<T> run(Callable<T> call) {
    return workers.run(waitsOn(), call);
  }

  /** A call that finds the store still open when a worker gets to it. */
  private <T> Future<T> use(Callable<T> call) {
    return run(() -> called(call));
  }

  private <T> T called(Callable<T> call) throws Exception {
    enter();
    try {
      return call.call();
    } finally {
      leave();
    }
  }

  private synchronized void enter() {
    if (state != State.OPEN) throw notOpen();
    callsUnderWay++;
  }

  private void leave() {
    boolean last;
    synchronized (this) {
      last = --callsUnderWay == 0 && state == State.CLOSING;
    }
    if (last) unused.tryComplete();
  }

  private Future<Void> shut() {
    Future<Void> closed =
        context
            .stopTasks()
            .transform(_ ->
                workers.runRegardless(
                    waitsOn(),
                    () -> {
                      store.close();
                      return Optional.empty();
                    }))
            .mapEmpty();
    return closed.onComplete(_ -> context.takeBack());
  }

  private synchronized void become(State state) {
    this.state = state;
  }

  private GatewayError notOpen() {
    return new GatewayError.Unavailable(
        Scope.RESOURCE, ASK_AGAIN, "store %s is not open".formatted(name));
  }
}
