package dev.penstock.replication.peer;

import dev.penstock.replication.config.ListenSettings;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.module.ListenAddress;
import dev.penstock.spi.module.Listeners;
import dev.penstock.spi.tls.TlsIdentity;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.OpenSSLEngineOptions;
import io.vertx.core.net.ServerSSLOptions;
import java.security.cert.Certificate;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;

/**
 * One address where peers come in. Who it is that comes, the certificate says; or the address
 * itself, where there is none.
 *
 * <p><b>Lifecycle.</b> {@link #open}, {@link #close}. <b>Threads.</b> The module's context.
 */
public final class PeerListener {
  /** A stream is read as it comes; this bounds one delivery, not the body. */
  private static final int CHUNK_BYTES_MAX = 1 << 20;

  /** A plan of a step is a few hundred bytes. */
  private static final int HEADER_BYTES_MAX = 16 << 10;

  private static final int DNS_NAME = 2; // of X509Certificate.getSubjectAlternativeNames

  private final Vertx vertx;
  private final ListenSettings settings;
  private final Listeners listeners;
  private final PeerDesk desk;
  private final Function<Collection<String>, Optional<PeerDesk.Guest>> byCertificate;
  private final Function<String, Optional<PeerDesk.Guest>> byName;
  private Optional<HttpServer> server = Optional.empty();
  private Optional<Listeners.Claim> claim = Optional.empty();

  /**
   * @param byCertificate who has one with one of these names
   * @param byName the peer that is called so
   */
  public PeerListener(
      Vertx vertx,
      ListenSettings settings,
      Listeners listeners,
      PeerDesk desk,
      Function<Collection<String>, Optional<PeerDesk.Guest>> byCertificate,
      Function<String, Optional<PeerDesk.Guest>> byName) {
    this.vertx = vertx;
    this.settings = settings;
    this.listeners = listeners;
    this.desk = desk;
    this.byCertificate = byCertificate;
    this.byName = byName;
  }

  /**
   * @param identity what is shown, if peers are known by their certificates here
   */
  public Future<Void> open(Optional<TlsIdentity> identity) {
    var options =
        new HttpServerOptions()
            .setMaxChunkSize(CHUNK_BYTES_MAX)
            .setMaxHeaderSize(HEADER_BYTES_MAX)
            .setIdleTimeout((int) desk.quiet().toMillis())
            .setIdleTimeoutUnit(TimeUnit.MILLISECONDS)
            .setTcpNoDelay(true);
    if (settings.peer().isEmpty()) secure(options, identity.orElseThrow());
    HttpServer made =
        vertx
            .createHttpServer(options)
            // What breaks a connection is told by its requests; else it would be an error of the
            // log.
            .connectionHandler(connection -> connection.exceptionHandler(_ -> {}))
            .requestHandler(this::came);
    server = Optional.of(made);
    return listeners
        .claim(settings.address())
        .compose(taken -> {
          claim = Optional.of(taken);
          if (taken.inherited().isPresent())
            return Future.failedFuture(
                new GatewayError.Unsupported(
                    "%s: peers cannot come in through an inherited socket"
                        .formatted(settings.address())));
          return made.listen(taken.bindTo())
              .recover(why -> Future.failedFuture(taken.refused(why)))
              .compose(_ -> taken.listening(settings.access()));
        });
  }

  private static void secure(HttpServerOptions options, TlsIdentity identity) {
    // Java's own encrypts at less than half the rate.
    if (OpenSSLEngineOptions.isAvailable()) options.setSslEngineOptions(new OpenSSLEngineOptions());
    options
        .setSsl(true)
        .setClientAuth(ClientAuth.REQUIRED)
        .setKeyCertOptions(identity.options())
        .setTrustOptions(identity.trust())
        .addEnabledSecureTransportProtocol("TLSv1.3")
        .removeEnabledSecureTransportProtocol("TLSv1.2");
  }

  /** New peers are shown this. */
  public Future<Void> show(TlsIdentity identity) {
    if (settings.peer().isPresent()) return Future.succeededFuture();
    return server
        .map(one ->
            one.updateSSLOptions(
                    new ServerSSLOptions()
                        .setClientAuth(ClientAuth.REQUIRED)
                        .setKeyCertOptions(identity.options())
                        .setTrustOptions(identity.trust())
                        .setEnabledSecureTransportProtocols(Set.of("TLSv1.3")))
                .<Void>mapEmpty())
        .orElseGet(Future::succeededFuture);
  }

  private void came(HttpServerRequest request) {
    Optional<PeerDesk.Guest> guest = guest(request.connection());
    if (guest.isPresent()) desk.answer(guest.get(), request);
    else
      request
          .response()
          .setStatusCode(403)
          .end(
              ErrorJson.write(
                      new GatewayError.Denied(
                          "no peer is known here by the certificate that was shown"))
                  .toBuffer());
  }

  private Optional<PeerDesk.Guest> guest(HttpConnection connection) {
    if (settings.peer().isPresent()) return byName.apply(settings.peer().get());
    SSLSession session = connection.sslSession();
    if (session == null) return Optional.empty();
    try {
      Certificate[] chain = session.getPeerCertificates();
      return chain.length > 0 && chain[0] instanceof X509Certificate certificate
          ? byCertificate.apply(names(certificate))
          : Optional.empty();
    } catch (SSLPeerUnverifiedException _) {
      return Optional.empty();
    }
  }

  /** The names that it is for: those beside the subject, and the subject's own. */
  static Set<String> names(X509Certificate certificate) {
    Set<String> names = new LinkedHashSet<>();
    try {
      Collection<List<?>> beside = certificate.getSubjectAlternativeNames();
      if (beside != null)
        for (List<?> name : beside)
          if (name.get(0) instanceof Integer kind && kind == DNS_NAME)
            names.add(String.valueOf(name.get(1)));
      for (Rdn part : new LdapName(certificate.getSubjectX500Principal().getName()).getRdns())
        if (part.getType().equalsIgnoreCase("CN")) names.add(String.valueOf(part.getValue()));
    } catch (CertificateParsingException | InvalidNameException _) {
      // What cannot be read names nobody.
    }
    return names;
  }

  /** Where it listens, with the port that it got. */
  public String address() {
    int port = server.map(HttpServer::actualPort).orElse(0);
    return switch (settings.address()) {
      case ListenAddress.Tcp(String host, int _) -> new ListenAddress.Tcp(host, port).toString();
      case ListenAddress.Unix unix -> unix.toString();
      case ListenAddress.Systemd systemd -> systemd.toString();
    };
  }

  public ListenSettings settings() {
    return settings;
  }

  /** Takes no more requests; those under way are cut. */
  public Future<Void> close() {
    return server
        .map(HttpServer::close)
        .orElseGet(Future::succeededFuture)
        .eventually(() -> claim.map(Listeners.Claim::release).orElseGet(Future::succeededFuture));
  }
}
