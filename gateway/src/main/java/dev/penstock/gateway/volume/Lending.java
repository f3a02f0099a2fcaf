package dev.penstock.gateway.volume;

import dev.penstock.gateway.lease.Lease;
import dev.penstock.gateway.lease.Leases;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.bus.Events;
import dev.penstock.spi.bus.GatewayEvent.VolumeCreated;
import dev.penstock.spi.bus.GatewayEvent.VolumeUnhealthy;
import dev.penstock.spi.ownership.Ownership;
import dev.penstock.spi.volume.Access;
import dev.penstock.spi.volume.SnapshotName;
import dev.penstock.spi.volume.StoreDescriptor.WaitsOn;
import dev.penstock.spi.volume.Volume;
import dev.penstock.spi.volume.VolumeInfo;
import dev.penstock.spi.volume.VolumeUser;
import io.vertx.core.Future;
import java.time.InstantSource;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * Opens volumes and snapshots, each once however many hold it, and lends them to their users.
 *
 * <p><b>Threads.</b> Any; nothing blocks.
 */
final class Lending {
  private final VolumeSlots slots;
  private final VolumeNames names;
  private final Ownerships ownerships;
  private final Successions successions;
  private final Leases leases;
  private final Workers workers;
  private final Events events;
  private final InstantSource clock;

  Lending(
      VolumeSlots slots,
      VolumeNames names,
      Ownerships ownerships,
      Successions successions,
      Leases leases,
      Workers workers,
      Events events,
      InstantSource clock) {
    this.slots = slots;
    this.names = names;
    this.ownerships = ownerships;
    this.successions = successions;
    this.leases = leases;
    this.workers = workers;
    this.events = events;
    this.clock = clock;
  }

  Future<LentVolume> open(OwnedVolumes owner, String name, Access access, VolumeUser user) {
    Optional<SnapshotName> snapshot;
    try {
      snapshot = SnapshotName.parse(name);
    } catch (GatewayError noName) {
      return Future.failedFuture(noName);
    }
    if (snapshot.isPresent()) return openSnapshot(owner, snapshot.get(), access, user);
    var terms = new LentVolume.Terms(access, false, user, owner);
    return slots.step(
        name,
        slot -> {
          slot.requireOpenable(access);
          return ownerships
              .require(name)
              .compose(known -> {
                if (access == Access.WRITE && known.ownership().successor().isEmpty())
                  known.requireOwned("written");
                return served(slot, known);
              })
              .map(shared -> slot.lend(shared, terms, Future::succeededFuture));
        });
  }

  /** For clients of another gateway, beside whoever writes it here. */
  Future<LentVolume> join(OwnedVolumes owner, String name, VolumeUser user) {
    var terms = new LentVolume.Terms(Access.WRITE, true, user, owner);
    return slots.step(
        name,
        slot -> {
          slot.requireOpenable(Access.READ);
          return ownerships
              .require(name)
              .compose(known -> {
                if (known.ownership().successor().isEmpty()) known.requireOwned("written");
                return served(slot, known);
              })
              .map(shared -> slot.lend(shared, terms, Future::succeededFuture));
        });
  }

  /** For whoever brings the bytes of what is not owned here yet: nobody else writes it. */
  Future<LentVolume> receive(OwnedVolumes owner, String name, long sizeBytes, VolumeUser user) {
    var terms = new LentVolume.Terms(Access.WRITE, false, user, owner);
    return slots.step(
        name,
        slot -> {
          slot.requireOpenable(Access.WRITE);
          slot.requireHere("received");
          return ownerships
              .require(name)
              .compose(known -> {
                known.requireReceiving();
                return made(known, sizeBytes);
              })
              .compose(_ -> held(slot, name))
              .map(shared -> slot.lend(shared, terms, Future::succeededFuture));
        });
  }

  /** Beside the record, which stays as it is. */
  private Future<Void> made(Ownerships.Known known, long sizeBytes) {
    String name = known.name();
    if (known.volume().isPresent()) {
      long there = known.volume().get().sizeBytes();
      if (there == sizeBytes) return Future.succeededFuture();
      throw new GatewayError.Conflict(
          "volume %s has %d bytes, and %d are to be received".formatted(name, there, sizeBytes));
    }
    return known
        .store()
        .create(name, sizeBytes)
        .onSuccess(made ->
            events.publish(
                new VolumeCreated(
                    clock.instant(), name, made.guid(), known.store().name(), sizeBytes)))
        .mapEmpty();
  }

  /** The volume, or what it was handed over to. */
  private Future<SharedVolume> served(VolumeSlot slot, Ownerships.Known known) {
    String name = known.name();
    return known
        .ownership()
        .successor()
        .map(gone -> held(slot, () -> successor(name, gone).onSuccess(slot::ledOn)))
        .orElseGet(() -> held(slot, name));
  }

  /** Held once, by whoever asks. */
  Future<SharedVolume> successor(String name, Ownership.Gone gone) {
    return successions.open(name, gone).map(volume -> inPlace(name, volume));
  }

  /** Something that is used instead of a volume. Held once, by whoever asks. */
  SharedVolume inPlace(String name, Volume volume) {
    var shared = new SharedVolume(volume, WaitsOn.NETWORK, workers, events, clock);
    shared.closed().onComplete(_ -> slots.forgetIfIdle(name));
    return shared;
  }

  /** A slot of its own, which only readers use; its owner has a lease for as long. */
  private Future<LentVolume> openSnapshot(
      OwnedVolumes owner, SnapshotName name, Access access, VolumeUser user) {
    if (access == Access.WRITE) return Future.failedFuture(unchanging(name, "opened for writing"));
    var terms = new LentVolume.Terms(access, false, user, owner);
    return slots.step(
        name.toString(),
        slot -> {
          slot.requireOpenable(access);
          return names
              .find(name.volume())
              .compose(there ->
                  there
                      .store()
                      .findSnapshot(name)
                      .compose(info ->
                          leases.acquire(
                              new Leases.Party(there.info().guid(), owner.owner()),
                              info.guid(),
                              name.toString(),
                              Lease.Kind.READ))
                      .compose(lease ->
                          heldSnapshot(slot, there, name, lease)
                              .map(shared -> slot.lend(shared, terms, () -> giveBack(lease)))
                              .onFailure(_ -> leases.release(lease))));
        });
  }

  private Future<Void> giveBack(Lease lease) {
    leases.release(lease);
    return Future.succeededFuture();
  }

  /** The volume, opened if it is not, with one more hold on it. */
  Future<SharedVolume> held(VolumeSlot slot, String name) {
    return held(
        slot,
        () ->
            names
                .find(name)
                .compose(there -> {
                  VolumeInfo info = there.info();
                  return opened(
                      slot, there.store(), name, info.guid(), there.store().openVolume(name));
                }));
  }

  /** Opened while something else is still used in its place. Held once, by whoever asks. */
  Future<SharedVolume> openedBeside(VolumeSlot slot, Ownerships.Known known) {
    String name = known.name();
    return names
        .find(name)
        .compose(there ->
            shared(slot, there.store(), name, there.info().guid(), there.store().openVolume(name)));
  }

  /** As long as it is open it is leased, and so it is the same under its name. */
  private Future<SharedVolume> heldSnapshot(
      VolumeSlot slot, VolumeNames.Named there, SnapshotName name, Lease lease) {
    OpenStore store = there.store();
    UUID guid = lease.snapshot();
    return held(
        slot, () -> opened(slot, store, name.toString(), guid, store.openSnapshot(name, guid)));
  }

  private static Future<SharedVolume> held(
      VolumeSlot slot, Supplier<Future<SharedVolume>> opening) {
    Optional<SharedVolume> open = slot.shared();
    if (open.isPresent() && open.get().hold()) return Future.succeededFuture(open.get());
    return closed(slot).compose(_ -> opening.get());
  }

  static Future<Void> closed(VolumeSlot slot) {
    return slot.shared().map(SharedVolume::closed).orElseGet(Future::succeededFuture);
  }

  private Future<SharedVolume> opened(
      VolumeSlot slot, OpenStore store, String name, UUID guid, Future<Volume> opening) {
    return shared(slot, store, name, guid, opening).onSuccess(shared -> slot.opened(shared, store));
  }

  private Future<SharedVolume> shared(
      VolumeSlot slot, OpenStore store, String name, UUID guid, Future<Volume> opening) {
    return opening
        .onFailure(failure -> noteUnopened(slot, name, guid, failure))
        .map(volume -> {
          var shared = new SharedVolume(volume, store.waitsOn(), workers, events, clock);
          shared.closed().onComplete(_ -> slots.forgetIfIdle(name));
          return shared;
        });
  }

  private void noteUnopened(VolumeSlot slot, String name, UUID guid, Throwable failure) {
    if (!SharedVolume.concernsAll(failure) || slot.trouble().isPresent()) return;
    slot.note(failure);
    events.publish(new VolumeUnhealthy(clock.instant(), name, guid, slot.trouble().orElseThrow()));
  }

  static GatewayError unchanging(SnapshotName name, String what) {
    return new GatewayError.Denied(
        "%s is a snapshot and never changes: it cannot be %s; a clone of it can"
            .formatted(name, what));
  }
}
