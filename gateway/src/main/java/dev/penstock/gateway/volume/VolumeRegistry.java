package dev.penstock.gateway.volume;

import dev.penstock.gateway.bus.Deadline;
import dev.penstock.gateway.lease.Leases;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.bus.Events;
import dev.penstock.spi.bus.GatewayEvent;
import dev.penstock.spi.bus.GatewayEvent.VolumeCreated;
import dev.penstock.spi.bus.GatewayEvent.VolumeDemoted;
import dev.penstock.spi.bus.GatewayEvent.VolumePromoted;
import dev.penstock.spi.bus.GatewayEvent.VolumeRemoved;
import dev.penstock.spi.bus.GatewayEvent.VolumeResized;
import dev.penstock.spi.bus.GatewayEvent.VolumeRetired;
import dev.penstock.spi.bus.GatewayEvent.VolumeThawed;
import dev.penstock.spi.volume.Access;
import dev.penstock.spi.volume.OpenVolume;
import dev.penstock.spi.volume.SnapshotInfo;
import dev.penstock.spi.volume.SnapshotName;
import dev.penstock.spi.volume.StoreDescriptor.WaitsOn;
import dev.penstock.spi.volume.Volume;
import dev.penstock.spi.volume.VolumeInfo;
import dev.penstock.spi.volume.VolumeName;
import dev.penstock.spi.volume.VolumeUser;
import dev.penstock.spi.volume.Volumes;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;

/**
 * Hands out the volumes of all stores: to one writer each, and to readers.
 *
 * <p><b>Threads.</b> Any; nothing blocks. What is done to one volume is done one step after
 * another. <b>Errors</b> arrive in the futures.
 */
public final class VolumeRegistry implements Volumes {
  private final StoreRegistry stores;
  private final VolumeNames names;
  private final Workers workers;
  private final Deadline deadline;
  private final Events events;
  private final InstantSource clock;
  private final OwnedVolumes own = of("gateway");
  private final VolumeSlots slots = new VolumeSlots();
  private final Lending lending;
  private final Removal removal;

  /**
   * @param vertx whose timers no module can block
   */
  public VolumeRegistry(
      Vertx vertx,
      StoreRegistry stores,
      Leases leases,
      Workers workers,
      Events events,
      InstantSource clock) {
    this.deadline = new Deadline(vertx);
    this.stores = stores;
    this.names = new VolumeNames(stores);
    this.workers = workers;
    this.events = events;
    this.clock = clock;
    this.lending = new Lending(slots, names, leases, workers, events, clock);
    this.removal = new Removal(names, leases);
    stores.onClosed(slots::storeClosed);
  }

  /** A view for one owner, such as "module nbd". */
  public OwnedVolumes of(String owner) {
    return new OwnedVolumes(this, owner);
  }

  @Override
  public Future<List<VolumeInfo>> list() {
    return own.list();
  }

  @Override
  public Future<VolumeInfo> find(String name) {
    return own.find(name);
  }

  @Override
  public Future<List<SnapshotInfo>> snapshots(String volume) {
    return own.snapshots(volume);
  }

  @Override
  public Future<OpenVolume> open(String name, Access access, VolumeUser user) {
    return own.open(name, access, user);
  }

  /** Every volume of every store, the ones that are not served included, by store. */
  public Future<List<VolumeStatus>> statuses() {
    return names.all().map(all -> all.stream().map(named -> status(named)).toList());
  }

  /** Fails with {@link GatewayError.NotFound} if no store has it. */
  public Future<VolumeStatus> status(String name) {
    return names.find(name).map(this::status);
  }

  /**
   * Makes a volume. {@link GatewayError.Conflict} if any store has one of this name, {@link
   * GatewayError.NotFound} if there is no such store.
   */
  public Future<VolumeInfo> create(String name, String store, long sizeBytes) {
    return slots.step(
        name, _ -> createNow(VolumeName.require(name), stores.require(store), sizeBytes));
  }

  /** Makes a volume larger, open or not. */
  public Future<VolumeInfo> resize(String name, long sizeBytes) {
    return volumeStep(name, "resized", slot -> resizeNow(slot, name, sizeBytes));
  }

  /**
   * Says whether a volume is a copy that follows another, which nobody opens for writing. {@link
   * GatewayError.Conflict} that names the user while somebody has it open so. Harmless if it is so
   * already.
   */
  public Future<VolumeInfo> setReplica(String name, boolean replica) {
    String what = replica ? "made a replica" : "promoted";
    return volumeStep(
        name,
        what,
        slot -> {
          slot.requireNotWritten(what);
          return names
              .find(name)
              .compose(there ->
                  there.info().replica() == replica
                      ? Future.succeededFuture(there.info())
                      : replicaNow(there, replica));
        });
  }

  /**
   * Destroys a volume and its snapshots; {@link GatewayError.Conflict} that names the users while
   * it or one of them is open, leased or held.
   */
  public Future<Void> remove(String name) {
    return volumeStep(name, "removed", slot -> removeNow(slot, name));
  }

  /**
   * Holds a volume still: on success no write is under way and everything written is durable, until
   * {@link #thaw}. Otherwise it serves as before.
   *
   * @param limit how long all of it may take
   * @return how long writes were held up
   */
  public Future<Duration> freeze(String name, Duration limit) {
    return volumeStep(
        name,
        "frozen",
        slot -> {
          if (slot.state() != VolumeState.SERVING)
            throw new GatewayError.Conflict("volume %s is %s".formatted(name, slot.state()));
          return lending
              .held(slot, name)
              .compose(shared ->
                  new Freeze(slot, shared, TimeLeft.of(deadline, limit))
                      .run()
                      .onFailure(_ -> shared.release())
                      .onSuccess(took -> events.publish(frozen(shared, took))));
        });
  }

  /** Lets writes go on. Harmless if it is not frozen. */
  public Future<Void> thaw(String name) {
    return slots.step(name, this::thawNow);
  }

  /** Lets writes to all frozen volumes go on: a store closes only when nobody holds its volumes. */
  public Future<Void> thawAll() {
    return Future.join(slots.names().stream().map(this::thaw).toList()).mapEmpty();
  }

  /**
   * Moves every user to a successor, from serving or frozen, for good: the volume is not opened
   * again until its store is.
   *
   * @param successor closed by the registry once the last user lets go of it; still the caller's if
   *     this fails
   * @param waitsOn where the successor's calls block
   */
  public Future<Void> retire(String name, Volume successor, WaitsOn waitsOn, Duration limit) {
    return volumeStep(name, "retired", slot -> retireNow(slot, name, successor, waitsOn, limit));
  }

  Future<List<VolumeInfo>> listed() {
    return statuses()
        .map(all ->
            all.stream()
                .filter(one -> one.condition() != VolumeStatus.Condition.SHADOWED)
                .map(VolumeStatus::info)
                .toList());
  }

  Future<VolumeInfo> found(String name) {
    return status(name).map(VolumeStatus::info);
  }

  Future<List<SnapshotInfo>> snapshotsOf(String volume) {
    return names.find(volume).compose(there -> there.store().listSnapshots(volume));
  }

  Future<LentVolume> open(OwnedVolumes owner, String name, Access access, VolumeUser user) {
    return lending.open(owner, name, access, user);
  }

  private Future<VolumeInfo> createNow(String name, OpenStore store, long sizeBytes) {
    return names
        .requireFree(name)
        .compose(_ -> store.create(name, sizeBytes))
        .onSuccess(made ->
            events.publish(
                new VolumeCreated(
                    clock.instant(), name, made.guid(), store.name(), made.sizeBytes())));
  }

  private Future<VolumeInfo> resizeNow(VolumeSlot slot, String name, long sizeBytes) {
    slot.requireNotHeld("resized");
    if (slot.state() == VolumeState.RETIRED) slot.requireOpenable(Access.READ);
    return names
        .writable(name, "resized")
        .compose(_ -> lending.held(slot, name))
        .compose(shared ->
            shared.run(() -> resized(shared.volume(), sizeBytes)).eventually(shared::release))
        .onSuccess(info ->
            events.publish(
                new VolumeResized(clock.instant(), name, info.guid(), info.sizeBytes())));
  }

  private static VolumeInfo resized(Volume volume, long sizeBytes) {
    volume.resize(sizeBytes);
    return VolumeSlot.withSize(volume.info(), volume.sizeBytes());
  }

  private Future<VolumeInfo> replicaNow(VolumeNames.Named there, boolean replica) {
    String name = there.info().name();
    UUID guid = there.info().guid();
    return there
        .store()
        .setReplica(name, replica)
        .onSuccess(_ ->
            events.publish(
                replica
                    ? new VolumeDemoted(clock.instant(), name, guid)
                    : new VolumePromoted(clock.instant(), name, guid)))
        .compose(_ -> found(name));
  }

  private Future<Void> removeNow(VolumeSlot slot, String name) {
    slot.requireUnused("removed");
    return Lending.closed(slot)
        .compose(_ -> removal.of(name))
        .map(there -> {
          slot.removed();
          events.publish(
              new VolumeRemoved(clock.instant(), name, there.info().guid(), there.store().name()));
          return null;
        });
  }

  private Future<Void> thawNow(VolumeSlot slot) {
    Optional<SharedVolume> frozen = slot.shared();
    if (slot.state() != VolumeState.FROZEN || frozen.isEmpty()) return Future.succeededFuture();
    SharedVolume shared = frozen.get();
    return Freeze.thaw(slot, deadline)
        .onComplete(_ -> {
          slot.moveTo(VolumeState.SERVING);
          VolumeInfo info = shared.volume().info();
          events.publish(new VolumeThawed(clock.instant(), info.name(), info.guid()));
        })
        .eventually(shared::release);
  }

  private Future<Void> retireNow(
      VolumeSlot slot, String name, Volume successor, WaitsOn waitsOn, Duration limit) {
    VolumeState before = slot.state();
    if (before == VolumeState.RETIRED) slot.requireOpenable(Access.READ);
    return lending
        .held(slot, name)
        .compose(shared -> {
          slot.moveTo(VolumeState.RETIRING);
          SharedVolume next = new SharedVolume(successor, waitsOn, workers, events, clock);
          return new Retirement(slot, next, TimeLeft.of(deadline, limit))
              .run()
              .onFailure(_ -> slot.moveTo(before))
              .compose(_ -> retired(slot, shared, next, before))
              .eventually(shared::release);
        });
  }

  /** Gives back what the registry itself held: the successor, and the volume if it was frozen. */
  private Future<Void> retired(
      VolumeSlot slot, SharedVolume shared, SharedVolume next, VolumeState before) {
    slot.moveTo(VolumeState.RETIRED);
    VolumeInfo info = shared.volume().info();
    events.publish(new VolumeRetired(clock.instant(), info.name(), info.guid()));
    if (before == VolumeState.FROZEN) shared.release();
    next.release();
    return Future.succeededFuture();
  }

  private GatewayEvent frozen(SharedVolume shared, Duration took) {
    VolumeInfo info = shared.volume().info();
    return new GatewayEvent.VolumeFrozen(clock.instant(), info.name(), info.guid(), took);
  }

  private VolumeStatus status(VolumeNames.Named named) {
    if (named.shadowedBy().isPresent())
      return new VolumeStatus(
          named.info(),
          named.store().name(),
          VolumeStatus.Condition.SHADOWED,
          List.of(),
          0,
          Optional.of(
              "store %s has a volume of this name too, and serves it; rename or remove one"
                  .formatted(named.shadowedBy().get())));
    String name = named.info().name();
    VolumeSlot slot = slots.find(name).orElseGet(() -> new VolumeSlot(name));
    return slot.status(named.info(), named.store().name());
  }

  /** The stores that are open, in the order in which they are asked for a name. */
  List<OpenStore> stores() {
    return stores.open();
  }

  /** {@link GatewayError.NotFound} if there is none of the name. */
  OpenStore store(String name) {
    return stores.require(name);
  }

  VolumeSlots slots() {
    return slots;
  }

  VolumeNames names() {
    return names;
  }

  /** A step that a snapshot cannot take. */
  private <T> Future<T> volumeStep(String name, String what, Function<VolumeSlot, Future<T>> step) {
    return slots.step(
        name,
        slot -> {
          SnapshotName.parse(name)
              .ifPresent(snapshot -> {
                throw Lending.unchanging(snapshot, what);
              });
          return step.apply(slot);
        });
  }
}
