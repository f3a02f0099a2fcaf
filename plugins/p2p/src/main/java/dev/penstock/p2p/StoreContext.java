package dev.penstock.p2p;

import dev.penstock.spi.config.Block;
import dev.penstock.spi.content.KeyStoreContext;
import dev.penstock.spi.module.ModuleContext;
import dev.penstock.spi.process.Children;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.InstantSource;
import java.util.concurrent.Callable;

/** What the module lends to a repository. */
record StoreContext(String repository, Block settings, ModuleContext module)
    implements KeyStoreContext {
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
    return module.workers().run(calls);
  }
}
