package dev.penstock.gateway.volume;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.bus.Events;
import dev.penstock.spi.bus.GatewayEvent.SnapshotCreated;
import dev.penstock.spi.handoff.Handoffs;
import dev.penstock.spi.handoff.Handoffs.Fenced;
import dev.penstock.spi.handoff.Handoffs.Step;
import dev.penstock.spi.ownership.Epoch;
import dev.penstock.spi.ownership.Ownership;
import dev.penstock.spi.volume.SnapshotInfo;
import dev.penstock.spi.volume.SnapshotName;
import dev.penstock.spi.volume.SnapshotStore;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives up what somebody else owns, however many use it here: all of it comes in one turn of the
 * volume. What was written here is in no copy but this one, so it is kept under a name of its own
 * before anybody hears that it is not the volume any more.
 *
 * <p><b>Threads.</b> Any; nothing blocks.
 */
final class Fencing {
  private static final Logger log = LoggerFactory.getLogger(Fencing.class);

  private final VolumeSlots slots;
  private final Ownerships ownerships;
  private final Lending lending;
  private final Stillness stillness;
  private final Handover handover;
  private final Events events;
  private final InstantSource clock;

  Fencing(
      VolumeSlots slots,
      Ownerships ownerships,
      Lending lending,
      Stillness stillness,
      Handover handover,
      Events events,
      InstantSource clock) {
    this.slots = slots;
    this.ownerships = ownerships;
    this.lending = lending;
    this.stillness = stillness;
    this.handover = handover;
    this.events = events;
    this.clock = clock;
  }

  /** See {@link Handoffs#fence}. */
  Future<Fenced> fence(String volume, Step step, Duration limit) {
    return slots.step(
        volume,
        slot ->
            ownerships
                .require(volume)
                .compose(known -> {
                  Ownership next = step.next(Optional.of(known.ownership()));
                  boolean givesUp = known.ownership().isOwned() && !next.isOwned();
                  return givesUp
                      ? givenUp(slot, known, step, limit)
                      : handover
                          .changed(slot, volume, Optional.empty(), step, false)
                          .map(now -> new Fenced(now, Optional.empty()));
                }));
  }

  private Future<Fenced> givenUp(
      VolumeSlot slot, Ownerships.Known known, Step step, Duration limit) {
    String volume = known.name();
    boolean wasFrozen = slot.state() == VolumeState.FROZEN; // whoever did it hears that it is over
    Future<?> still =
        wasFrozen
            ? Future.succeededFuture()
            : stillness.freeze(slot, volume, limit, Future::succeededFuture);
    return still.compose(_ ->
        stillness
            .halt(slot, limit)
            .compose(_ -> orphaned(known))
            .compose(orphan ->
                handover
                    .changed(slot, volume, Optional.empty(), step, true)
                    .map(now -> new Fenced(now, orphan))
                    .onSuccess(_ -> orphan.ifPresent(info -> told(known, info)))
                    .recover(why -> fail(dropped(known, orphan), why)))
            .compose(fenced -> refused(slot, known, fenced, limit).map(fenced))
            .recover(why ->
                fail(wasFrozen ? Future.succeededFuture() : stillness.thaw(slot, volume), why)));
  }

  private void told(Ownerships.Known known, SnapshotInfo orphan) {
    known
        .volume()
        .ifPresent(info ->
            events.publish(
                new SnapshotCreated(
                    clock.instant(),
                    new SnapshotName(known.name(), orphan.name()).toString(),
                    orphan.guid(),
                    info.guid(),
                    Duration.ZERO))); // nobody's write goes on after it
  }

  private static <T> Future<T> fail(Future<?> before, Throwable why) {
    return before.transform(_ -> Future.failedFuture(why));
  }

  /**
   * Held from the moment on in which anybody else can see it. Empty if the store has no snapshots.
   */
  private static Future<Optional<SnapshotInfo>> orphaned(Ownerships.Known known) {
    String volume = known.name();
    Epoch owned = known.ownership().owned().orElse(Epoch.FIRST);
    return known
        .store()
        .onSnapshots(
            volume,
            its -> {
              SnapshotInfo taken = its.create(volume, freeName(its.list(volume), owned));
              its.hold(volume, taken.guid(), Handoffs.ORPHAN);
              return Optional.of(taken);
            })
        .recover(why ->
            why instanceof GatewayError.Unsupported
                ? Future.succeededFuture(Optional.empty())
                : Future.failedFuture(why));
  }

  /** An epoch that was fenced before, and owned again after that only by force, has one already. */
  private static String freeName(List<SnapshotInfo> its, Epoch owned) {
    String name = "%s-%d".formatted(Handoffs.ORPHAN, owned.number());
    for (int i = 2; ; i++) {
      String tried = name;
      if (its.stream().noneMatch(one -> one.name().equals(tried))) return name;
      name = "%s-%d-%d".formatted(Handoffs.ORPHAN, owned.number(), i);
    }
  }

  /** It is owned here as before, and will be tried again: each try would leave one. */
  private static Future<Void> dropped(Ownerships.Known known, Optional<SnapshotInfo> orphan) {
    if (orphan.isEmpty()) return Future.succeededFuture();
    String volume = known.name();
    return known
        .store()
        .onSnapshots(
            volume,
            its -> {
              destroy(its, volume, orphan.get());
              return Optional.empty();
            })
        .onFailure(why ->
            log.atWarn()
                .addKeyValue("snapshot", volume + "@" + orphan.get().name())
                .addKeyValue("reason", why.toString())
                .log("a snapshot of what was not given up stays"))
        .mapEmpty();
  }

  private static void destroy(SnapshotStore its, String volume, SnapshotInfo orphan) {
    its.release(volume, orphan.guid(), Handoffs.ORPHAN);
    its.destroy(volume, List.of(orphan.guid()));
  }

  /** Of two owners of one epoch none serves: what waits, and what comes, hears why. */
  private Future<Void> refused(
      VolumeSlot slot, Ownerships.Known known, Fenced fenced, Duration limit) {
    if (!(fenced.now().phase() instanceof Ownership.Forked)) return Future.succeededFuture();
    var volume = new DisputedVolume(known.volume().orElseThrow(), known.in(fenced.now()));
    return handover
        .replaced(slot, lending.inPlace(known.name(), volume), limit)
        .recover(why -> {
          log.atWarn()
              .addKeyValue("volume", known.name())
              .addKeyValue("reason", why.toString())
              .log("who uses a volume that two own waits, and is not told why");
          return Future.succeededFuture();
        });
  }
}
