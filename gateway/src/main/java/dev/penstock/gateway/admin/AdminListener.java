package dev.penstock.gateway.admin;

import dev.penstock.gateway.config.AdminLimits;
import dev.penstock.spi.module.Listeners;
import dev.penstock.spi.tls.TlsIdentity;
import io.vertx.core.Future;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.ServerSSLOptions;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.IdentityHashMap;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One address that the admin API listens on.
 *
 * <p><b>Lifecycle.</b> {@code listen}, then {@code close}. <b>Threads.</b> The admin API's context.
 */
final class AdminListener {
  private static final Logger LOG = LoggerFactory.getLogger(AdminListener.class);

  private static final int HANDSHAKE_SECONDS_MAX = 10;

  /**
   * Small, so that the kernel tells soon that a slow reader moves: with a large one he could read
   * for a minute before the socket takes another byte.
   */
  private static final int SEND_BUFFER_BYTES = 64 << 10;

  private final Desk desk;
  private final Door door;
  private final Listeners.Claim claim;
  private final HttpServer server;
  private final boolean tls;
  private final IdentityHashMap<HttpConnection, ConnectionWatch> connections =
      new IdentityHashMap<>();

  AdminListener(Desk desk, Door door, Listeners.Claim claim, Optional<TlsIdentity> tls) {
    this.desk = desk;
    this.door = door;
    this.claim = claim;
    this.tls = tls.isPresent();
    this.server = desk.vertx().createHttpServer(options(desk.limits(), tls));
    server.connectionHandler(this::opened);
    server.requestHandler(router());
  }

  /** Completes when callers can connect; fails with who else has the address. */
  Future<Void> listen() {
    return server
        .listen(claim.bindTo())
        .recover(
            failure -> claim.release().transform(_ -> Future.failedFuture(claim.refused(failure))))
        .compose(_ -> claim.listening());
  }

  /** New connections are shown this certificate; those that there are keep theirs. */
  void show(TlsIdentity identity) {
    if (!tls) return;
    server
        .updateSSLOptions(new ServerSSLOptions().setKeyCertOptions(identity.options()))
        .onFailure(failure ->
            LOG.atError()
                .addKeyValue("certificate", identity)
                .addKeyValue("reason", failure.getMessage())
                .log("the renewed certificate of the admin API cannot be shown"));
  }

  int port() {
    return server.actualPort();
  }

  /** Ends connections once the requests under way have their answers, or after the limit. */
  Future<Void> close(long limitMillis) {
    return server
        .shutdown(limitMillis, TimeUnit.MILLISECONDS)
        .eventually(claim::release)
        .otherwiseEmpty();
  }

  private void opened(HttpConnection connection) {
    if (connections.size() >= desk.limits().connectionsMax()) {
      desk.meters().cut("connections");
      connection.close();
      return;
    }
    var watch = new ConnectionWatch(desk.vertx(), connection, desk.limits());
    connections.put(connection, watch);
    desk.meters().connected();
    connection.closeHandler(_ -> {
      connections.remove(connection);
      watch.closed();
      desk.meters().disconnected();
    });
  }

  /** What vertx-web refuses by itself (RFC 9112 §3.2: no Host) goes the same way: door first. */
  private Router router() {
    Router router = Router.router(desk.vertx());
    router.route().handler(this::requested).failureHandler(this::requested);
    return router;
  }

  private void requested(RoutingContext arriving) {
    HttpConnection connection = arriving.request().connection();
    ConnectionWatch watch = connections.get(connection);
    if (watch == null) connection.close();
    else new Exchange(desk, door, arriving, watch).begin();
  }

  private static HttpServerOptions options(AdminLimits limits, Optional<TlsIdentity> tls) {
    var options =
        new HttpServerOptions()
            .setMaxInitialLineLength(limits.requestLineBytesMax())
            .setMaxHeaderSize(limits.headerBytesMax())
            .setMaxChunkSize(16 << 10)
            .setSendBufferSize(SEND_BUFFER_BYTES)
            .setHandle100ContinueAutomatically(false) // only once we know that we want the body
            .setHttp2ClearTextEnabled(false) // so that a connection counts before its first byte
            .setUseAlpn(false)
            .setIdleTimeout(0); // ConnectionWatch and ReplyWriter watch instead
    tls.ifPresent(identity ->
        options
            .setSsl(true)
            .setSslHandshakeTimeout(HANDSHAKE_SECONDS_MAX)
            .setSslHandshakeTimeoutUnit(TimeUnit.SECONDS)
            .setKeyCertOptions(identity.options()));
    return options;
  }
}
