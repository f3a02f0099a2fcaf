package dev.penstock.replication.peer;

import dev.penstock.replication.config.PeerAddress;
import dev.penstock.replication.config.PeerSettings;
import dev.penstock.replication.flow.HttpLine;
import dev.penstock.spi.tls.TlsIdentity;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.ClientSSLOptions;
import io.vertx.core.net.ConnectOptions;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.OpenSSLEngineOptions;
import io.vertx.core.net.SocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/**
 * The connections to one peer, whose address is known: as many as jobs need at once, and none that
 * nobody uses for long.
 *
 * <p><b>Lifecycle.</b> {@link #close} ends all of them. <b>Threads.</b> Any.
 */
public final class PeerLink {
  private static final int CHUNK_BYTES_MAX = 1 << 20;
  private static final int IDLE_SECONDS = 30;

  private final Vertx vertx;
  private final PeerSettings settings;
  private final HttpClientAgent http;
  private final NetClient lines;
  private volatile Optional<PeerClient.Route> route = Optional.empty();
  private final Optional<CommandSocket> command;

  /**
   * @param identity what is shown to the peer, if it is reached by TLS
   * @param command what a connection is, of a peer that is reached by one
   * @param connectionsMax steps at once, and what is asked beside them
   */
  public PeerLink(
      Vertx vertx,
      PeerSettings settings,
      Optional<TlsIdentity> identity,
      Optional<CommandSocket> command,
      int connectionsMax) {
    this.vertx = vertx;
    this.settings = settings;
    var options =
        new HttpClientOptions()
            .setMaxChunkSize(CHUNK_BYTES_MAX)
            .setTcpNoDelay(true)
            .setKeepAliveTimeout(IDLE_SECONDS)
            .setConnectTimeout((int) Api.CONNECT_LIMIT.toMillis());
    boolean secure = settings.address().orElseThrow() instanceof PeerAddress.Https;
    if (secure) secure(options, identity.orElseThrow());
    http =
        vertx
            .httpClientBuilder()
            // What breaks a connection is told by its requests; else it would be an error of the
            // log.
            .withConnectHandler(connection -> connection.exceptionHandler(_ -> {}))
            .with(options)
            .with(new PoolOptions().setHttp1MaxSize(connectionsMax))
            .build();
    lines = vertx.createNetClient(lines(secure, identity));
    this.command = command;
  }

  private NetClientOptions lines(boolean secure, Optional<TlsIdentity> identity) {
    var options =
        new NetClientOptions()
            .setTcpNoDelay(true)
            .setConnectTimeout((int) Api.CONNECT_LIMIT.toMillis())
            .setHostnameVerificationAlgorithm("HTTPS");
    // So that the system does not send what is left, either. Files have nothing to linger for.
    if (settings.address().orElseThrow() instanceof PeerAddress.Https
        || settings.address().orElseThrow() instanceof PeerAddress.Http) options.setSoLinger(0);
    if (secure) {
      if (OpenSSLEngineOptions.isAvailable())
        options.setSslEngineOptions(new OpenSSLEngineOptions());
      options
          .setSsl(true)
          .setKeyCertOptions(identity.orElseThrow().options())
          .setTrustOptions(identity.orElseThrow().trust())
          .addEnabledSecureTransportProtocol("TLSv1.3")
          .removeEnabledSecureTransportProtocol("TLSv1.2");
    }
    return options;
  }

  private static void secure(HttpClientOptions options, TlsIdentity identity) {
    // Java's own encrypts at less than half the rate.
    if (OpenSSLEngineOptions.isAvailable()) options.setSslEngineOptions(new OpenSSLEngineOptions());
    options
        .setSsl(true)
        .setVerifyHost(true)
        .setKeyCertOptions(identity.options())
        .setTrustOptions(identity.trust())
        .addEnabledSecureTransportProtocol("TLSv1.3")
        .removeEnabledSecureTransportProtocol("TLSv1.2");
  }

  /** The name in a peer's certificate need not be the one by which it is reached. */
  private static PeerClient.Route route(PeerSettings settings) {
    return switch (settings.address().orElseThrow()) {
      case PeerAddress.Https(String host, int port) ->
          options -> to(options, host, port).setHost(settings.certificate()).setPort(port);
      case PeerAddress.Http(String host, int port) -> options -> to(options, host, port);
      case PeerAddress.Unix(var path) ->
          options ->
              options
                  .setServer(SocketAddress.domainSocketAddress(path.toString()))
                  .setHost(settings.name());
      case PeerAddress.Command _ ->
          throw new IllegalStateException("a peer behind a command has a socket of its own");
    };
  }

  private static RequestOptions to(RequestOptions options, String host, int port) {
    return options.setServer(SocketAddress.inetSocketAddress(port, host)).setHost(host);
  }

  /**
   * Opens what has to be there before anybody can connect.
   *
   * @return completes when requests can go
   */
  public Future<Void> open() {
    if (command.isEmpty()) {
      route = Optional.of(route(settings));
      return Future.succeededFuture();
    }
    return command
        .get()
        .open()
        .map(socket -> {
          route = Optional.of(options -> options.setServer(socket).setHost(settings.name()));
          return null;
        });
  }

  /** In the name of a job. */
  public PeerClient client(String job, Duration limit) {
    return new PeerClient(
        vertx,
        http,
        route.orElseThrow(),
        new PeerClient.Who(settings.name(), job, this::trouble),
        limit);
  }

  /**
   * A connection that whoever asks has alone, beside those that all share.
   *
   * @param answerBytesMax the longest answer
   */
  public Future<HttpLine> connect(int answerBytesMax) {
    RequestOptions to = route.orElseThrow().to(new RequestOptions());
    var options =
        new ConnectOptions()
            .setRemoteAddress((SocketAddress) to.getServer())
            .setHost(to.getHost())
            .setPort(to.getPort())
            .setSsl(settings.address().orElseThrow() instanceof PeerAddress.Https);
    return lines
        .connect(options)
        .map(socket -> new HttpLine(socket, vertx.getOrCreateContext(), answerBytesMax));
  }

  /** What is known of why the peer cannot be reached. */
  public Optional<String> trouble() {
    return command.flatMap(CommandSocket::trouble);
  }

  public PeerSettings settings() {
    return settings;
  }

  /** New connections show this. */
  public Future<Void> show(TlsIdentity identity) {
    if (!(settings.address().orElseThrow() instanceof PeerAddress.Https))
      return Future.succeededFuture();
    var options =
        new ClientSSLOptions()
            .setHostnameVerificationAlgorithm("HTTPS")
            .setKeyCertOptions(identity.options())
            .setTrustOptions(identity.trust())
            .setEnabledSecureTransportProtocols(Set.of("TLSv1.3"));
    return Future.join(http.updateSSLOptions(options), lines.updateSSLOptions(options.copy()))
        .mapEmpty();
  }

  public Future<Void> close() {
    return Future.join(http.close(), lines.close())
        .<Void>mapEmpty()
        .eventually(() -> command.map(CommandSocket::close).orElseGet(Future::succeededFuture));
  }
}
