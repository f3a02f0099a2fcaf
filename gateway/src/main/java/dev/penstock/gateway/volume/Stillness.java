package dev.penstock.gateway.volume;

import dev.penstock.gateway.bus.Deadline;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.bus.Events;
import dev.penstock.spi.bus.GatewayEvent.VolumeFrozen;
import dev.penstock.spi.bus.GatewayEvent.VolumeThawed;
import dev.penstock.spi.volume.VolumeInfo;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Slows volumes down, holds them still, and lets them go on: each in the turn of its volume.
 * Threads: any.
 */
final class Stillness {
  private final Lending lending;
  private final Ownerships ownerships;
  private final Deadline deadline;
  private final Events events;
  private final InstantSource clock;

  Stillness(
      Lending lending,
      Ownerships ownerships,
      Deadline deadline,
      Events events,
      InstantSource clock) {
    this.lending = lending;
    this.ownerships = ownerships;
    this.deadline = deadline;
    this.events = events;
    this.clock = clock;
  }

  /**
   * On success no write is under way and everything written is durable, until {@link #thaw}.
   *
   * @param meanwhile what can be done while writes go on; what of it fails is done later
   * @return how long writes were held up
   */
  Future<Duration> freeze(
      VolumeSlot slot, String name, Duration limit, Supplier<Future<Void>> meanwhile) {
    slot.requireHere("frozen");
    if (slot.state() != VolumeState.SERVING)
      throw new GatewayError.Conflict("volume %s is %s".formatted(name, slot.state()));
    return lending
        .held(slot, name)
        .compose(shared -> {
          var freeze = new Freeze(slot, shared, TimeLeft.of(deadline, limit));
          return Future.join(freeze.settle(), meanwhile.get().otherwiseEmpty())
              .compose(_ -> freeze.hold())
              .onFailure(_ -> shared.release())
              .onSuccess(took -> {
                slot.keepStill(shared);
                VolumeInfo info = shared.volume().info();
                events.publish(new VolumeFrozen(clock.instant(), info.name(), info.guid(), took));
              });
        });
  }

  /** What is frozen is not read either. */
  Future<Void> halt(VolumeSlot slot, Duration limit) {
    TimeLeft left = TimeLeft.of(deadline, limit);
    return left.within(
        Retirement.GRACE, "halting", Freeze.all(slot.users(), user -> user.halt(left.left())));
  }

  /** All of them are asked, whoever refuses. */
  Future<Void> pace(VolumeSlot slot, long writtenBytesPerSecond) {
    return Future.join(
            slot.writers().stream()
                .map(one -> one.ask(user -> user.pace(writtenBytesPerSecond)))
                .toList())
        .mapEmpty();
  }

  /**
   * Lets writes go on; harmless if they do. {@link GatewayError.Conflict} for a volume that is not
   * owned any more: what would be written would be lost.
   */
  Future<Void> thaw(VolumeSlot slot, String name) {
    if (slot.state() != VolumeState.FROZEN) return Future.succeededFuture();
    return ownerships.owned(name, "thawed").compose(_ -> thawed(slot));
  }

  /** As {@link #thaw}, when nobody uses it any more. */
  Future<Void> end(VolumeSlot slot) {
    if (slot.state() != VolumeState.FROZEN) return Future.succeededFuture();
    return slot.users().isEmpty() ? thawed(slot) : Future.succeededFuture();
  }

  private Future<Void> thawed(VolumeSlot slot) {
    Optional<SharedVolume> frozen = slot.shared();
    return Freeze.thaw(slot, deadline)
        .transform(_ -> {
          slot.moveTo(VolumeState.SERVING);
          frozen
              .map(shared -> shared.volume().info())
              .ifPresent(info ->
                  events.publish(new VolumeThawed(clock.instant(), info.name(), info.guid())));
          return slot.letGoOfStill();
        });
  }
}
