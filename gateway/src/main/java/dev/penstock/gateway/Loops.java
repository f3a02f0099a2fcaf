package dev.penstock.gateway;

import dev.penstock.gateway.metrics.MetricsRegistry;
import dev.penstock.gateway.module.ReadyThreads;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxBuilder;
import io.vertx.core.VertxOptions;
import io.vertx.core.transport.Transport;
import java.util.concurrent.CompletableFuture;

/**
 * The event loops of the process: those of modules, and the host's own, which no module runs on. A
 * module that blocks its loop then silences neither the host's clocks nor the admin API.
 *
 * @param modules for modules and what they serve with
 * @param host for the host's timers, the admin API and files that are looked at seldom
 * @param metrics count what happens on both
 */
record Loops(Vertx modules, Vertx host, MetricsRegistry metrics) {
  private static final int HOST_LOOPS = 2;
  private static final int HOST_WORKERS = 4;

  /** For what Vert.x itself does for modules: looking up names, sending files. */
  private static final int MODULE_WORKERS = 8;

  /** Makes them beside what the caller does meanwhile: a start waits for both. */
  static CompletableFuture<Loops> starting() {
    var starting = new CompletableFuture<Loops>();
    Thread.ofPlatform()
        .daemon()
        .name("penstock-loops")
        .start(() -> {
          try {
            starting.complete(start());
          } catch (Throwable thrown) { // whoever waits for them has to hear of an Error too
            starting.completeExceptionally(thrown);
          }
        });
    return starting;
  }

  private static Loops start() {
    var metrics = new MetricsRegistry();
    Vertx host = onBestTransport(metrics.observed(hostSizes()));
    return new Loops(onBestTransport(metrics.observed(moduleSizes())), host, metrics);
  }

  private static VertxOptions hostSizes() {
    return workers(HOST_WORKERS).setEventLoopPoolSize(HOST_LOOPS);
  }

  private static VertxOptions moduleSizes() {
    return workers(MODULE_WORKERS);
  }

  private static VertxOptions workers(int threads) {
    return new VertxOptions().setWorkerPoolSize(threads).setInternalBlockingPoolSize(threads);
  }

  /** Completes when every thread is there: see {@link ReadyThreads}. */
  Future<Void> ready() {
    return Future.all(
            ReadyThreads.start(modules, moduleSizes()), ReadyThreads.start(host, hostSizes()))
        .mapEmpty();
  }

  private static Vertx onBestTransport(VertxBuilder builder) {
    boolean epoll = Transport.EPOLL != null && Transport.EPOLL.available();
    return builder.withTransport(epoll ? Transport.EPOLL : Transport.NIO).build();
  }

  /** Ends the modules' loops first: the host's carry the clocks that watch over it. */
  Future<Void> close() {
    return modules.close().eventually(host::close).onComplete(_ -> metrics.close());
  }
}
