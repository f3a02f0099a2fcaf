package dev.penstock.replication.migrate;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.ownership.Ownership;
import dev.penstock.spi.testing.FakeHandoffs;
import dev.penstock.spi.testing.FakeVolumes;
import dev.penstock.spi.testing.MemoryVolumeStore;
import io.vertx.core.Future;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;

/** Hand-overs whose store does not write some records, as often as a test wants. */
final class UnreliableHandoffs extends FakeHandoffs {
  /** Which records are not written. */
  volatile Predicate<Ownership> failing = _ -> false;

  /** How often one was not. */
  final AtomicInteger failures = new AtomicInteger();

  UnreliableHandoffs(MemoryVolumeStore store) {
    super("memory", store, new FakeVolumes());
  }

  /** Whatever says that it is owned, and not offered, is not written, so many times. */
  void failToOwn(int times) {
    int most = failures.get() + times;
    failing = next -> next.phase() instanceof Ownership.Owner && failures.get() < most;
  }

  @Override
  public Future<Ownership> change(String volume, String store, Step step) {
    return super.change(volume, store, now -> written(now, step.next(now)));
  }

  private Ownership written(Optional<Ownership> now, Ownership next) {
    if (now.equals(Optional.of(next)) || !failing.test(next)) return next;
    failures.incrementAndGet();
    throw new GatewayError.Failed(Scope.RESOURCE, "the disk is full of holes");
  }
}
