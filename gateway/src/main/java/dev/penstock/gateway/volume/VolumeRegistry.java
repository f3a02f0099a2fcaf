package dev.penstock.gateway.volume;

import static dev.penstock.spi.snapshot.Snapshots.ANCHOR_PREFIX;

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
import dev.penstock.spi.ownership.Ownership;
import dev.penstock.spi.volume.Access;
import dev.penstock.spi.volume.OpenVolume;
import dev.penstock.spi.volume.SnapshotInfo;
import dev.penstock.spi.volume.SnapshotName;
import dev.penstock.spi.volume.Volume;
import dev.penstock.spi.volume.VolumeInfo;
import dev.penstock.spi.volume.VolumeName;
import dev.penstock.spi.volume.VolumeUser;
import dev.penstock.spi.volume.Volumes;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Hands out the volumes of all stores: to one writer each, and to readers.
 *
 * <p><b>Threads.</b> Any; nothing blocks. What is done to one volume is done one step after
 * another. <b>Errors</b> arrive in the futures.
 */
public final class VolumeRegistry implements Volumes {
  private final Vertx vertx;
  private final StoreRegistry stores;
  private final VolumeNames names;
  private final Deadline deadline;
  private final Events events;
  private final InstantSource clock;
  private final OwnedVolumes own = of("gateway");
  private final VolumeSlots slots = new VolumeSlots();
  private final Ownerships ownerships;
  private final Successions successions;
  private final Lending lending;
  private final Stillness stillness;
  private final Handover handover;
  private final Fencing fencing;
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
    this.events = events;
    this.clock = clock;
    this.ownerships = new Ownerships(stores);
    this.successions = new Successions(workers);
    this.lending =
        new Lending(slots, names, ownerships, successions, leases, workers, events, clock);
    this.stillness = new Stillness(lending, ownerships, deadline, events, clock);
    this.vertx = vertx;
    this.handover = new Handover(stores, slots, ownerships, lending, deadline, events, clock);
    this.fencing = new Fencing(slots, ownerships, lending, stillness, handover, events, clock);
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
          return ownerships
              .require(name)
              .compose(known -> {
                if (known.ownership().isOwned() != replica) return found(name);
                if (replica) known.requireSettled(what);
                else known.requireUnclaimed(what);
                return replicaNow(known, replica);
              });
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
        name, "frozen", slot -> stillness.freeze(slot, name, limit, Future::succeededFuture));
  }

  /**
   * Lets writes go on. Harmless if it is not frozen; {@link GatewayError.Conflict} if it is not
   * owned here any more.
   */
  public Future<Void> thaw(String name) {
    return slots.step(name, slot -> stillness.thaw(slot, name));
  }

  /** Lets go of all frozen volumes: a store closes only when nobody holds its volumes. */
  public Future<Void> endFreezes() {
    return Future.join(
            slots.names().stream().map(name -> slots.step(name, stillness::end)).toList())
        .mapEmpty();
  }

  /** A view for one owner, such as "module replication". */
  public OwnedHandoffs handoffsOf(String owner) {
    return new OwnedHandoffs(of(owner), this);
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
    return ownerships
        .vacant(name)
        .compose(known -> {
          known.ifPresent(record -> record.requireUnclaimed("made"));
          return store
              .create(name, sizeBytes)
              .compose(made -> handover.made(known, store).map(made));
        })
        .onSuccess(made ->
            events.publish(
                new VolumeCreated(
                    clock.instant(), name, made.guid(), store.name(), made.sizeBytes())));
  }

  private Future<VolumeInfo> resizeNow(VolumeSlot slot, String name, long sizeBytes) {
    slot.requireNotHeld("resized");
    return ownerships
        .owned(name, "resized")
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

  /** The store's own word first: as long as there is a record, it alone counts. */
  private Future<VolumeInfo> replicaNow(Ownerships.Known known, boolean replica) {
    String name = known.name();
    return known
        .store()
        .setReplica(name, replica)
        .compose(_ -> handover.declared(known, replica))
        .compose(_ -> found(name))
        .onSuccess(info ->
            events.publish(
                replica
                    ? new VolumeDemoted(clock.instant(), name, info.guid())
                    : new VolumePromoted(clock.instant(), name, info.guid())));
  }

  private Future<Void> removeNow(VolumeSlot slot, String name) {
    if (!slot.isLedOn()) slot.requireUnused("removed");
    return ownerships
        .require(name)
        .map(known -> {
          known.requireSettled("removed");
          return known;
        })
        .compose(known ->
            (slot.isLedOn() ? slot.closing() : Lending.closed(slot))
                .compose(_ -> removal.of(name))
                .map(there -> {
                  slot.removed();
                  events.publish(
                      new VolumeRemoved(
                          clock.instant(), name, there.info().guid(), there.store().name()));
                  return there;
                })
                .compose(_ -> handover.removed(known)));
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

  /** Destroys the data of what was handed over; the record stays. */
  Future<Void> unlink(String name) {
    return volumeStep(
        name,
        "unlinked",
        slot ->
            ownerships
                .require(name)
                .compose(known -> {
                  if (!(known.ownership().phase() instanceof Ownership.Gone))
                    throw new GatewayError.Conflict(
                        "volume %s was not handed over, and is not unlinked".formatted(name));
                  return known.volume().isEmpty()
                      ? Future.succeededFuture()
                      : unanchored(known).compose(_ -> removeNow(slot, name));
                }));
  }

  /** What copies have in common with this one they will never be sent from here again. */
  private static Future<Void> unanchored(Ownerships.Known known) {
    String name = known.name();
    return known
        .store()
        .listSnapshots(name)
        .compose(its ->
            known
                .store()
                .onSnapshots(
                    name,
                    snapshots -> {
                      for (SnapshotInfo one : its)
                        one.holds().stream()
                            .filter(tag -> tag.startsWith(ANCHOR_PREFIX))
                            .forEach(tag -> snapshots.release(name, one.guid(), tag));
                      return Optional.empty();
                    }))
        .mapEmpty();
  }

  void tell(Function<Instant, GatewayEvent> event) {
    events.publish(event.apply(clock.instant()));
  }

  Ownerships ownerships() {
    return ownerships;
  }

  Successions successions() {
    return successions;
  }

  Handover handover() {
    return handover;
  }

  Stillness stillness() {
    return stillness;
  }

  Fencing fencing() {
    return fencing;
  }

  /** What nobody waits for; dropped when the gateway ends. */
  void later(Duration delay, Runnable work) {
    vertx.setTimer(Math.max(1, delay.toMillis()), _ -> work.run());
  }

  /** For clients of another gateway: see {@link Lending#join}. */
  Future<LentVolume> join(OwnedVolumes owner, String name, VolumeUser user) {
    return lending.join(owner, name, user);
  }

  /** For whoever brings the bytes of a volume: see {@link Lending#receive}. */
  Future<LentVolume> receive(OwnedVolumes owner, String name, long sizeBytes, VolumeUser user) {
    return lending.receive(owner, name, sizeBytes, user);
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
