package dev.penstock.spi.testing;

import dev.penstock.spi.config.Block;
import dev.penstock.spi.content.KeyStoreContext;
import dev.penstock.spi.process.Children;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.concurrent.Callable;

/** What a key store may use of the host: on a real Vertx, which is the caller's. */
public record FakeKeyStoreContext(
    String repository, Block settings, Vertx vertx, Children children, FakeClock clock)
    implements KeyStoreContext {
  /** With children that start nothing. */
  public static FakeKeyStoreContext of(String repository, Block settings, Vertx vertx) {
    return of(repository, settings, vertx, new FakeChildren(vertx));
  }

  public static FakeKeyStoreContext of(
      String repository, Block settings, Vertx vertx, Children children) {
    return new FakeKeyStoreContext(repository, settings, vertx, children, new FakeClock());
  }

  @Override
  public <T> Future<T> run(Callable<T> calls) {
    return FakeWorkers.of(vertx).run(calls);
  }
}
