package dev.penstock.p2p;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.config.Block;
import dev.penstock.spi.content.KeyStoreContext;
import dev.penstock.spi.module.FileWorkers;
import dev.penstock.spi.module.ModuleContext;
import dev.penstock.spi.process.Children;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;

/** What the module lends to a repository. */
record StoreContext(String repository, Block settings, ModuleContext module)
    implements KeyStoreContext {
  private static final Duration ASK_AGAIN = Duration.ofSeconds(1);

  @Override
  public Vertx vertx() {
    return module.vertx();
  }

  @Override
  public Children children() {
    return module.children();
  }

  @Override
  public InstantSource clock() {
    return module.clock();
  }

  @Override
  public <T> Future<T> run(Callable<T> calls) {
    return run(module.workers(), calls);
  }

  /**
   * That no worker takes a call is a limit of this gateway, and says nothing of the repository:
   * clients are told to come again, not that it cannot be reached.
   */
  static <T> Future<T> run(FileWorkers workers, Callable<T> calls) {
    var begun = new AtomicBoolean();
    return workers
        .<T>run(() -> {
          begun.set(true);
          return calls.call();
        })
        .recover(why ->
            Future.failedFuture(
                !begun.get() && why instanceof GatewayError.Unavailable full
                    ? new GatewayError.Unavailable(Scope.MODULE, ASK_AGAIN, full.what(), full)
                    : why));
  }
}
