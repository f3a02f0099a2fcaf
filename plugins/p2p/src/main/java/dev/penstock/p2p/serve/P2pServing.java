package dev.penstock.p2p.serve;

import dev.penstock.p2p.config.Limits;
import dev.penstock.p2p.socket.ReadWindow;
import dev.penstock.spi.module.Serving;
import dev.penstock.spi.tls.TlsIdentity;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.OpenSSLEngineOptions;
import io.vertx.core.net.ServerSSLOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * What serves on one event loop: its share of all connections, and the timer that looks at them.
 */
public final class P2pServing implements Serving {
  /** A limit is kept to a quarter of it, and to this. */
  private static final Duration LOOK_EVERY_MAX = Duration.ofSeconds(5);

  private static final Set<String> TLS = Set.of("TLSv1.2", "TLSv1.3");

  private final Vertx vertx;
  private final Site site;
  private final List<Listener> listeners;
  private final Visits visits;
  private final StallWatch watch = new StallWatch(System::nanoTime);
  private final Desk desk;
  private final Map<Listener, HttpServer> servers = new LinkedHashMap<>();
  private final Promise<Void> drained = Promise.promise();
  private volatile Optional<Context> context = Optional.empty();
  private boolean draining;
  private long timer = -1;

  public P2pServing(Vertx vertx, Site site, List<Listener> listeners) {
    this.vertx = vertx;
    this.site = site;
    this.listeners = List.copyOf(listeners);
    this.visits = new Visits(site, System::nanoTime);
    this.desk = new Desk(site, visits, watch);
  }

  @Override
  public Future<Void> start() {
    context = Optional.of(vertx.getOrCreateContext());
    Limits limits = site.limits().get();
    timer = vertx.setPeriodic(lookEvery(limits).toMillis(), _ -> look());
    Future<Void> started = Future.succeededFuture();
    for (Listener listener : listeners) started = started.compose(_ -> listen(listener, limits));
    return started;
  }

  private static Duration lookEvery(Limits limits) {
    Duration least =
        limits.bodyStall().compareTo(limits.idle()) < 0 ? limits.bodyStall() : limits.idle();
    Duration quarter = least.dividedBy(4);
    return quarter.compareTo(LOOK_EVERY_MAX) > 0
        ? LOOK_EVERY_MAX
        : Duration.ofMillis(Math.max(1, quarter.toMillis()));
  }

  private Future<Void> listen(Listener listener, Limits limits) {
    HttpServer server =
        vertx
            .createHttpServer(options(listener, limits))
            .connectionHandler(visits::came)
            .requestHandler(desk::answer);
    servers.put(listener, server);
    return server
        .listen(listener.bindTo())
        .recover(why -> Future.failedFuture(listener.claim().refused(why)))
        .mapEmpty();
  }

  private static HttpServerOptions options(Listener listener, Limits limits) {
    var options =
        new HttpServerOptions()
            .setMaxChunkSize(ReadWindow.CHUNK_BYTES_MAX)
            .setMaxInitialLineLength(limits.requestLineBytes())
            .setMaxHeaderSize(limits.headerBytes())
            .setCompressionSupported(false) // a body that is compressed has another length
            .setHttp2ClearTextEnabled(false)
            .setHandle100ContinueAutomatically(true)
            .setTcpKeepAlive(true) // keeplocked may say nothing for hours
            .setTcpNoDelay(true);
    listener.identity().ifPresent(identity -> secure(options, identity));
    return options;
  }

  private static void secure(HttpServerOptions options, TlsIdentity identity) {
    // Java's own encrypts at less than half the rate.
    if (OpenSSLEngineOptions.isAvailable()) options.setSslEngineOptions(new OpenSSLEngineOptions());
    options
        .setSsl(true)
        .setKeyCertOptions(identity.options())
        .setEnabledSecureTransportProtocols(TLS);
  }

  /** New clients are shown this. Any thread. */
  public Future<Void> show(TlsIdentity identity) {
    return onLoop(() -> {
      List<Future<?>> shown = new ArrayList<>();
      servers.forEach((listener, server) -> {
        if (listener.settings().tls())
          shown.add(
              server.updateSSLOptions(
                  new ServerSSLOptions()
                      .setKeyCertOptions(identity.options())
                      .setEnabledSecureTransportProtocols(TLS)));
      });
      return Future.join(shown).mapEmpty();
    });
  }

  /** With the port that it got; once it has started. */
  public String address(Listener listener) {
    HttpServer server = servers.get(listener);
    return listener.address(server == null ? 0 : server.actualPort());
  }

  private void look() {
    Limits limits = site.limits().get();
    watch.look(limits.bodyStall().toNanos());
    visits.look(limits.idle().toNanos());
  }

  /**
   * Takes nobody any more; whoever is served has the limit of a shutdown to go on. Completes when
   * nobody is left. Any thread; asked twice it drains once.
   */
  public Future<Void> drain() {
    return onLoop(() -> {
      if (draining) return drained.future();
      draining = true;
      visits.leave(drained::tryComplete);
      long limitMillis = site.limits().get().shutdown().toMillis();
      long limit =
          vertx.setTimer(
              limitMillis,
              _ -> {
                visits.cut();
                drained.tryComplete();
              });
      return drained.future().onComplete(_ -> vertx.cancelTimer(limit));
    });
  }

  @Override
  public Future<Void> stop() {
    return drain().transform(_ -> onLoop(this::closeAll));
  }

  private Future<Void> closeAll() {
    vertx.cancelTimer(timer);
    visits.cut();
    List<Future<Void>> closing = servers.values().stream().map(HttpServer::close).toList();
    servers.clear();
    return Future.join(closing).mapEmpty();
  }

  private <T> Future<T> onLoop(Supplier<Future<T>> work) {
    Promise<T> done = Promise.promise();
    context.ifPresentOrElse(
        here -> here.runOnContext(_ -> work.get().onComplete(done)), () -> done.complete());
    return done.future();
  }
}
