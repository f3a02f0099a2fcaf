package dev.penstock.gateway.volume;

import dev.penstock.gateway.bus.Caller;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.bus.GatewayEvent.SnapshotCreated;
import dev.penstock.spi.handoff.Handoffs;
import dev.penstock.spi.ownership.Ownership;
import dev.penstock.spi.volume.SnapshotInfo;
import dev.penstock.spi.volume.SnapshotName;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * A volume in one freeze: when that is over, whoever ended it, nothing can be done through this any
 * more. Threads: any.
 */
final class StillVolume implements Handoffs.Frozen {
  private static final Duration ASK_AGAIN = Duration.ofSeconds(1);

  private final VolumeRegistry registry;
  private final String volume;
  private final Object freeze;
  private final long heldAtNanos;
  private final Consumer<StillVolume> over;
  private volatile boolean halted;

  /**
   * @param freeze which one
   * @param over told when it has been thawed
   */
  StillVolume(
      VolumeRegistry registry,
      String volume,
      Object freeze,
      long heldAtNanos,
      Consumer<StillVolume> over) {
    this.registry = registry;
    this.volume = volume;
    this.freeze = freeze;
    this.heldAtNanos = heldAtNanos;
    this.over = over;
  }

  @Override
  public Duration held() {
    return Duration.ofNanos(System.nanoTime() - heldAtNanos);
  }

  @Override
  public Future<SnapshotInfo> take(String snapshot) {
    return still(
        slot -> registry.ownerships().require(volume).compose(known -> taken(known, snapshot)));
  }

  private Future<SnapshotInfo> taken(Ownerships.Known known, String snapshot) {
    return known
        .store()
        .onSnapshots(volume, its -> its.create(volume, snapshot))
        .onSuccess(info ->
            known
                .volume()
                .ifPresent(there ->
                    registry.tell(now ->
                        new SnapshotCreated(
                            now,
                            new SnapshotName(volume, snapshot).toString(),
                            info.guid(),
                            there.guid(),
                            held()))));
  }

  @Override
  public Future<Void> halt(Duration limit) {
    return still(slot -> registry.stillness().halt(slot, limit).onSuccess(_ -> halted = true));
  }

  @Override
  public Future<Ownership> change(Handoffs.Step step) {
    return still(slot -> registry.handover().changed(slot, volume, Optional.empty(), step, halted));
  }

  @Override
  public Future<Void> thaw() {
    return Caller.here()
        .answer(
            registry
                .slots()
                .step(
                    volume,
                    slot ->
                        isOver(slot)
                            ? Future.succeededFuture()
                            : registry.stillness().thaw(slot, volume)))
        .onSuccess(_ -> over.accept(this));
  }

  String volume() {
    return volume;
  }

  /**
   * Whoever froze it is gone: an offer is over, durably, and then what is owned goes on. What is
   * not stays as it is. Fails if it has to be done again.
   */
  Future<Void> abandon() {
    return registry
        .slots()
        .step(
            volume,
            slot ->
                isOver(slot)
                    ? Future.succeededFuture(false)
                    : registry
                        .handover()
                        .changed(
                            slot,
                            volume,
                            Optional.empty(),
                            now -> now.orElse(Ownership.PLAIN).withdrawn(),
                            halted)
                        .map(Ownership::isOwned))
        .compose(goesOn -> goesOn ? thaw() : Future.succeededFuture());
  }

  private <T> Future<T> still(Function<VolumeSlot, Future<T>> step) {
    return Caller.here()
        .answer(
            registry
                .slots()
                .step(
                    volume,
                    slot -> {
                      if (isOver(slot))
                        throw new GatewayError.Unavailable(
                            Scope.RESOURCE,
                            ASK_AGAIN,
                            "volume %s is no longer frozen: somebody thawed it".formatted(volume));
                      return step.apply(slot);
                    }));
  }

  private boolean isOver(VolumeSlot slot) {
    return slot.state() != VolumeState.FROZEN || !slot.freeze().equals(freeze);
  }
}
