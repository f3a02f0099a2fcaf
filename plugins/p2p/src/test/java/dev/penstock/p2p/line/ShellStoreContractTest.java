package dev.penstock.p2p.line;

import dev.penstock.p2p.testing.ServedChildren;
import dev.penstock.spi.content.KeyStore;
import dev.penstock.spi.content.KeyStoreContract;
import dev.penstock.spi.testing.FakeClock;
import dev.penstock.spi.testing.FakeKeyStoreContext;
import dev.penstock.spi.testing.MemoryKeyStore;
import dev.penstock.spi.testing.Settled;
import dev.penstock.spi.testing.TestSettings;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;

/**
 * A repository behind the line protocol is one like any other; both ends of it at once.
 *
 * <p>The other end is not git-annex-shell, which {@link ShellPeerTest} has. That one refuses a
 * second put of a key while the first is under way, its locks' retention is in the time of the
 * machine, which nobody moves by ten minutes, and a program that is killed need not have read what
 * was written to it: so three promises of the contract are its own to break, and none of ours.
 */
final class ShellStoreContractTest extends KeyStoreContract {
  private final FakeClock clock = new FakeClock();
  private final MemoryKeyStore memory = new MemoryKeyStore();
  private final ShellStore store = new ShellStore();
  private Optional<ServedChildren> started = Optional.empty();

  @Override
  protected KeyStore open(Vertx vertx) {
    var children = new ServedChildren(vertx, memory);
    Settled.done(
        memory.open(
            new FakeKeyStoreContext(
                "there", TestSettings.block("there", Map.of()), vertx, children, clock)));
    var settings =
        TestSettings.block(
            "r",
            Map.of(
                "command",
                List.of("served"),
                "directory",
                "/somewhere",
                "uuid",
                MemoryKeyStore.UUID));
    Settled.done(store.open(FakeKeyStoreContext.of("r", settings, vertx, children)));
    started = Optional.of(children);
    return store;
  }

  @Override
  protected void pass(Duration time) {
    clock.advance(time);
  }

  @AfterEach
  void programsEndWithTheStoreAndNothingIsLentToThem() {
    Settled.done(store.close());
    started.ifPresent(children -> Awaitility.await().until(() -> children.running() == 0));
    Awaitility.await().until(() -> memory.lent() == 0);
  }
}
