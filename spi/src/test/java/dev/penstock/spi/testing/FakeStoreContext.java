package dev.penstock.spi.testing;

import dev.penstock.spi.config.Block;
import dev.penstock.spi.volume.StoreContext;
import io.vertx.core.Vertx;
import java.util.Optional;

/** What a store may use of the host, in memory. */
public record FakeStoreContext(
    String store,
    Block settings,
    FakeEvents events,
    FakeTasks tasks,
    FakeMetrics metrics,
    FakeClock clock,
    Optional<Vertx> loops)
    implements StoreContext {
  public static FakeStoreContext of(String store, Block settings) {
    return of(store, settings, Optional.empty());
  }

  /** For a store that waits for the network. The caller closes {@code vertx}. */
  public static FakeStoreContext of(String store, Block settings, Vertx vertx) {
    return of(store, settings, Optional.of(vertx));
  }

  private static FakeStoreContext of(String store, Block settings, Optional<Vertx> loops) {
    return new FakeStoreContext(
        store,
        settings,
        new FakeEvents(),
        new FakeTasks(),
        new FakeMetrics(),
        new FakeClock(),
        loops);
  }

  @Override
  public Vertx vertx() {
    return loops.orElseGet(StoreContext.super::vertx);
  }
}
