package dev.penstock.p2p.remote;

import dev.penstock.p2p.flow.MemoryShares;
import dev.penstock.p2p.flow.Permits;
import dev.penstock.p2p.socket.ReadWindow;
import dev.penstock.spi.content.KeyStoreContext;
import io.vertx.core.Future;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.net.PemTrustOptions;
import java.time.Duration;

/**
 * The connections to one server: those for requests, and those that hold locks, so that many locks
 * do not keep others from asking.
 *
 * <p><b>Lifecycle.</b> {@link #close} ends all of them. <b>Threads.</b> Any.
 */
final class RemoteClients {
  /** How many requests wait for a connection, beyond those that have one. */
  static final int WAITING_MAX = 1000;

  private static final int IDLE_SECONDS = 30;

  /** Without a share. */
  private static final int READ_BYTES_MIN = 32 << 10;

  /** Of all connections to all servers: of each share three or four reads wait for slow clients. */
  private static final MemoryShares SHARES = new MemoryShares(32);

  private final MemoryShares shares;
  private final HttpClientAgent requests;
  private final HttpClientAgent holding;
  private final Permits locks;
  private final RemoteServer server;
  private final RemoteServer lockServer;

  RemoteClients(KeyStoreContext context, RemoteSettings settings, RemoteSecrets secrets) {
    this(context, settings, secrets, SHARES);
  }

  RemoteClients(
      KeyStoreContext context,
      RemoteSettings settings,
      RemoteSecrets secrets,
      MemoryShares shares) {
    this.shares = shares;
    String name = "repository " + context.repository();
    requests = client(context, settings, secrets, settings.connections());
    holding = client(context, settings, secrets, Math.max(1, settings.locks()));
    locks =
        new Permits(
            context.vertx(), "locks of " + name, settings.locks(), 0, Duration.ofSeconds(1));
    server = server(context, requests, settings, secrets, name);
    lockServer = server(context, holding, settings, secrets, name);
  }

  private static RemoteServer server(
      KeyStoreContext context,
      HttpClient http,
      RemoteSettings settings,
      RemoteSecrets secrets,
      String name) {
    return new RemoteServer(context.vertx(), http, settings, secrets.authorization(), name);
  }

  /** What is compressed is no content any more whose length tells whether it is valid. */
  private HttpClientAgent client(
      KeyStoreContext context, RemoteSettings settings, RemoteSecrets secrets, int connections) {
    var options =
        new HttpClientOptions()
            .setDecompressionSupported(false)
            .setMaxChunkSize(ReadWindow.CHUNK_BYTES_MAX)
            .setTcpNoDelay(true)
            .setKeepAliveTimeout(IDLE_SECONDS)
            .setSsl(settings.url().secure())
            .setVerifyHost(true)
            .setConnectTimeout((int) settings.limits().connecting().toMillis());
    secrets
        .authorities()
        .ifPresent(pem -> options.setTrustOptions(new PemTrustOptions().addCertValue(pem)));
    return context
        .vertx()
        .httpClientBuilder()
        .with(options)
        .withConnectHandler(this::connected)
        .with(new PoolOptions().setHttp1MaxSize(connections).setMaxWaitQueueSize(WAITING_MAX))
        .build();
  }

  private void connected(HttpConnection connection) {
    boolean hasShare = shares.take();
    ReadWindow window = ReadWindow.attach(connection);
    window.read(hasShare ? ReadWindow.LARGE_READ_BYTES : READ_BYTES_MIN);
    if (hasShare) window.whenClosed(() -> shares.giveBack(1));
  }

  RemoteServer server() {
    return server;
  }

  /** For connections that hold locks. */
  RemoteServer lockServer() {
    return lockServer;
  }

  Permits locks() {
    return locks;
  }

  Future<Void> close() {
    return Future.join(requests.close(), holding.close()).mapEmpty();
  }
}
