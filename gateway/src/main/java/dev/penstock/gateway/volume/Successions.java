package dev.penstock.gateway.volume;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.handoff.Handoffs.Successors;
import dev.penstock.spi.ownership.Ownership;
import dev.penstock.spi.volume.StoreDescriptor.WaitsOn;
import dev.penstock.spi.volume.Volume;
import io.vertx.core.Future;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/** The way to volumes that were handed over, as long as a module knows it. Threads: any. */
final class Successions {
  private final AtomicReference<Optional<Successors>> known =
      new AtomicReference<>(Optional.empty());
  private final Workers workers;

  Successions(Workers workers) {
    this.workers = workers;
  }

  /** Instead of who said so before. */
  void lead(Successors successors) {
    known.set(Optional.of(successors));
  }

  /** Harmless if somebody else does by now. */
  void withdraw(Successors successors) {
    known.updateAndGet(now -> now.filter(one -> !one.equals(successors)));
  }

  Future<Volume> open(String volume, Ownership.Gone gone) {
    Optional<Successors> successors = known.get();
    if (successors.isEmpty())
      return Future.failedFuture(
          new GatewayError.Conflict(
              "volume %s was handed over to %s, and nothing here leads there"
                  .formatted(volume, gone.to())));
    return workers.run(WaitsOn.NETWORK, () -> successors.get().open(volume, gone));
  }
}
