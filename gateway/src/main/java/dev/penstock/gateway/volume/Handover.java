package dev.penstock.gateway.volume;

import dev.penstock.gateway.bus.Deadline;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.bus.Events;
import dev.penstock.spi.bus.GatewayEvent.OwnershipChanged;
import dev.penstock.spi.handoff.Handoffs.Step;
import dev.penstock.spi.ownership.Epoch;
import dev.penstock.spi.ownership.Ownership;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves the records of who owns a volume, and those who use it along with them. Everything comes in
 * the turn of its volume.
 *
 * <p>What is owned is given up only while nobody can use it: its users are halted, or there are
 * none. What becomes owned is used here from then on, by those as well who were led on before.
 *
 * <p><b>Threads.</b> Any; nothing blocks.
 */
final class Handover {
  private static final Logger log = LoggerFactory.getLogger(Handover.class);

  /** How long users may take to let go of a successor when the volume has come back. */
  private static final Duration COME_HOME_MAX = Duration.ofSeconds(10);

  private static final Duration ASK_AGAIN = Duration.ofSeconds(1);

  private final StoreRegistry stores;
  private final VolumeSlots slots;
  private final Ownerships ownerships;
  private final Lending lending;
  private final Deadline deadline;
  private final Events events;
  private final InstantSource clock;

  Handover(
      StoreRegistry stores,
      VolumeSlots slots,
      Ownerships ownerships,
      Lending lending,
      Deadline deadline,
      Events events,
      InstantSource clock) {
    this.stores = stores;
    this.slots = slots;
    this.ownerships = ownerships;
    this.lending = lending;
    this.deadline = deadline;
    this.events = events;
    this.clock = clock;
  }

  Future<Ownership> change(String volume, String store, Step step) {
    return slots.step(
        volume,
        slot ->
            changed(slot, volume, Optional.of(store).filter(one -> !one.isEmpty()), step, false));
  }

  /**
   * @param store where the record is kept if there is no volume; empty to leave it where it is
   * @param still whether the users of the volume are halted
   */
  Future<Ownership> changed(
      VolumeSlot slot, String volume, Optional<String> store, Step step, boolean still) {
    return ownerships
        .find(volume)
        .compose(known -> {
          Optional<Ownership> now = known.map(Ownerships.Known::ownership);
          Ownership next = step.next(now);
          if (now.equals(Optional.of(next))) return Future.succeededFuture(next);
          boolean was = now.map(Ownership::isOwned).orElse(false);
          if (was && !next.isOwned() && !still) requireNobody(slot, volume);
          OpenStore keeper = keeper(known, store);
          return keeper
              .keepOwnership(volume, next)
              .compose(_ -> forgottenElsewhere(known, keeper))
              .onSuccess(_ -> told(volume, next))
              .compose(_ -> !was && next.isOwned() ? home(slot, volume) : done())
              .map(next);
        });
  }

  /** Beside the data, if there is any. */
  private OpenStore keeper(Optional<Ownerships.Known> known, Optional<String> store) {
    return known
        .filter(one -> one.volume().isPresent() || store.isEmpty())
        .map(Ownerships.Known::store)
        .orElseGet(() -> stores.require(store.orElse("")));
  }

  private static Future<Void> forgottenElsewhere(
      Optional<Ownerships.Known> known, OpenStore keeper) {
    return known
        .filter(one -> !one.store().equals(keeper))
        .map(one -> one.store().forgetOwnership(one.name()))
        .orElseGet(Handover::done);
  }

  private static void requireNobody(VolumeSlot slot, String volume) {
    if (slot.users().isEmpty() && slot.state() == VolumeState.SERVING) return;
    throw new GatewayError.Unavailable(
        Scope.RESOURCE,
        ASK_AGAIN,
        "volume %s is used by %s, who would have to be halted first"
            .formatted(volume, VolumeStatus.usedBy(slot.userNames())));
  }

  /**
   * Who was led on uses it here again, and whoever comes from now on does. Nobody waits for the
   * former: what they have under way elsewhere may be held there until the other side has heard
   * that the volume is owned here, and then comes back to here.
   */
  private Future<Void> home(VolumeSlot slot, String volume) {
    if (!slot.isLedOn()) return done();
    if (slot.users().isEmpty()) return Lending.closed(slot);
    return ownerships
        .require(volume)
        .compose(known ->
            lending
                .openedBeside(slot, known)
                .onSuccess(home -> {
                  slot.opened(home, known.store());
                  VolumeState before = slot.state();
                  slot.moveTo(VolumeState.RETIRING);
                  comeHome(slot, volume, home)
                      .onComplete(_ -> slot.moveTo(before))
                      .eventually(home::release);
                }))
        .mapEmpty();
  }

  /** Again and again, until nobody uses the successor any more. */
  private Future<Void> comeHome(VolumeSlot slot, String volume, SharedVolume home) {
    return new Retirement(slot, home, TimeLeft.of(deadline, COME_HOME_MAX))
        .run()
        .recover(why -> {
          log.atWarn()
              .addKeyValue("volume", volume)
              .addKeyValue("reason", why.toString())
              .log("who uses a volume that has come back is still led on");
          return deadline.pass(ASK_AGAIN).compose(_ -> comeHome(slot, volume, home));
        });
  }

  /**
   * Everybody who uses what was handed over is led on to where it is. Harmless if nobody uses it;
   * done again if it failed half-way.
   */
  Future<Void> leadOn(String volume, Duration limit) {
    return slots.step(
        volume,
        slot ->
            ownerships
                .require(volume)
                .compose(known -> {
                  if (!(known.ownership().phase() instanceof Ownership.Gone gone))
                    throw new GatewayError.Conflict(
                        "volume %s was not handed over".formatted(volume));
                  if (slot.users().isEmpty()) return let(slot);
                  return lending
                      .successor(volume, gone)
                      .compose(next -> replaced(slot, next, limit));
                }));
  }

  /** Everybody who uses it is moved to something else in its place. */
  Future<Void> replaced(VolumeSlot slot, SharedVolume next, Duration limit) {
    if (slot.users().isEmpty()) return let(slot).eventually(next::release);
    return moved(slot, next, limit)
        .onSuccess(_ -> slot.ledOn(next))
        .compose(_ -> let(slot))
        .compose(_ -> isEnd(next) ? slot.closing() : done())
        .eventually(next::release);
  }

  /** Nobody goes on anywhere: so what they used can be destroyed as soon as it is closed. */
  private static boolean isEnd(SharedVolume next) {
    return next.volume().ended().isPresent();
  }

  private Future<Void> moved(VolumeSlot slot, SharedVolume next, Duration limit) {
    VolumeState before = slot.state();
    slot.moveTo(VolumeState.RETIRING);
    return new Retirement(slot, next, TimeLeft.of(deadline, limit))
        .run()
        .onComplete(_ -> slot.moveTo(before));
  }

  /** The freeze is over: nobody uses any more what it held. */
  private static Future<Void> let(VolumeSlot slot) {
    if (slot.state() == VolumeState.FROZEN) {
      slot.moveTo(VolumeState.SERVING);
      slot.letGoOfStill(); // closes what nobody uses, in its own time
    }
    return done();
  }

  /**
   * An operator has said that a volume is a copy, or that it is none. That is no hand-over: whoever
   * makes one the owner begins an epoch that nobody was offered.
   */
  Future<Void> declared(Ownerships.Known known, boolean replica) {
    if (known.record().isEmpty()) return done();
    Ownership now = known.ownership();
    return keep(known, replica ? now.in(new Ownership.None()) : begun(now));
  }

  /** A volume was made where there was only a record. */
  Future<Void> made(Optional<Ownerships.Known> before, OpenStore store) {
    if (before.isEmpty() || before.get().record().isEmpty()) return done();
    Ownerships.Known known = before.get();
    Ownership next = begun(known.ownership());
    return store
        .keepOwnership(known.name(), next)
        .compose(_ -> forgottenElsewhere(before, store))
        .onSuccess(_ -> told(known.name(), next));
  }

  /** Nothing is left of a volume but the record, if there is one. */
  Future<Void> removed(Ownerships.Known known) {
    if (known.record().isEmpty() || !known.ownership().isOwned()) return done();
    return keep(known, known.ownership().in(new Ownership.None()));
  }

  private static Ownership begun(Ownership now) {
    Epoch next = now.recorded().next(UUID.randomUUID());
    return new Ownership(new Ownership.Owner(), next, Optional.of(next));
  }

  private Future<Void> keep(Ownerships.Known known, Ownership next) {
    return known.store().keepOwnership(known.name(), next).onSuccess(_ -> told(known.name(), next));
  }

  private void told(String volume, Ownership now) {
    events.publish(new OwnershipChanged(clock.instant(), volume, now));
  }

  private static Future<Void> done() {
    return Future.succeededFuture();
  }
}
