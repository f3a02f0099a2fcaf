package dev.penstock.spi.testing;

import dev.penstock.spi.config.Block;
import dev.penstock.spi.volume.StoreContext;

/** What a store may use of the host, in memory. */
public record FakeStoreContext(
    String store,
    Block settings,
    FakeEvents events,
    FakeTasks tasks,
    FakeMetrics metrics,
    FakeClock clock)
    implements StoreContext {
  public static FakeStoreContext of(String store, Block settings) {
    return new FakeStoreContext(
        store, settings, new FakeEvents(), new FakeTasks(), new FakeMetrics(), new FakeClock());
  }
}
