package dev.penstock.gateway.module;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetSocket;
import java.util.ArrayList;
import java.util.List;

/**
 * Starts every thread of a Vert.x before the first plugin is there. A thread that is started later
 * inherits the context class loader of whoever needed it first, and keeps it for as long as the
 * process runs: one plugin's classes would stay in memory for each such moment.
 */
public final class ReadyThreads {
  private ReadyThreads() {}

  /**
   * @param sizes what the Vert.x was made with
   */
  public static Future<Void> start(Vertx vertx, VertxOptions sizes) {
    List<Future<?>> started = new ArrayList<>();
    // Verticles take the event loops in turns, so that these reach all of them.
    for (int i = 0; i < sizes.getEventLoopPoolSize(); i++) started.add(oneLoop(vertx));
    // Until a pool is full, each task gets a new thread, whether or not another is idle.
    for (int i = 0; i < sizes.getWorkerPoolSize(); i++)
      started.add(vertx.executeBlocking(() -> true, false));
    for (int i = 0; i < sizes.getInternalBlockingPoolSize(); i++)
      started.add(vertx.fileSystem().exists("/"));
    started.add(acceptor(vertx));
    return Future.all(started).mapEmpty();
  }

  private static Future<Void> oneLoop(Vertx vertx) {
    return vertx.deployVerticle(_ -> Future.succeededFuture()).compose(vertx::undeploy);
  }

  /** Vert.x accepts connections on a thread of its own, which the first server starts. */
  private static Future<Void> acceptor(Vertx vertx) {
    var server = vertx.createNetServer().connectHandler(NetSocket::close);
    return server.listen(0, "127.0.0.1").compose(NetServer::close);
  }
}
