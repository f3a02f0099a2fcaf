package dev.penstock.p2p.testing;

import dev.penstock.spi.config.Block;
import dev.penstock.spi.content.KeyStoreContext;
import dev.penstock.spi.process.Child;
import dev.penstock.spi.process.Children;
import dev.penstock.spi.testing.FakeClock;
import dev.penstock.spi.testing.FakeWorkers;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.concurrent.Callable;

/** What a repository may use of the host, with children of the test's choice. */
public record FakeKeyStoreContext(
    String repository, Block settings, Vertx vertx, Children children, FakeClock clock)
    implements KeyStoreContext {
  public static FakeKeyStoreContext of(Block settings, Vertx vertx, Children children) {
    return new FakeKeyStoreContext("remote", settings, vertx, children, new FakeClock());
  }

  /** For a repository that starts none. */
  public static FakeKeyStoreContext of(Block settings, Vertx vertx) {
    return of(settings, vertx, FakeKeyStoreContext::none);
  }

  private static Future<Child> none(List<String> command) {
    return Future.failedFuture(new IllegalStateException("no child is to be started: " + command));
  }

  @Override
  public <T> Future<T> run(Callable<T> calls) {
    return FakeWorkers.of(vertx).run(calls);
  }
}
