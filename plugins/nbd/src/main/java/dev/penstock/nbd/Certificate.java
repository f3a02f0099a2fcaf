package dev.penstock.nbd;

import dev.penstock.nbd.config.TlsSettings;
import dev.penstock.nbd.serve.Security;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.module.ModuleContext;
import dev.penstock.spi.tls.CertificateWatch;
import dev.penstock.spi.tls.TlsIdentity;
import io.vertx.core.Future;
import java.util.Objects;
import java.util.Optional;

/**
 * The certificate of a module, as new as its files.
 *
 * <p><b>Lifecycle.</b> {@link #start}, then {@link #close}, also if it did not start.
 * <b>Threads.</b> The module's context.
 */
final class Certificate {
  private final ModuleContext context;
  private final TlsSettings settings;
  private final CertificateWatch watch;
  private Optional<Security> security = Optional.empty();
  private boolean closed;

  Certificate(ModuleContext context, TlsSettings settings) {
    this.context = context;
    this.settings = settings;
    this.watch =
        new CertificateWatch(
            context.vertx(),
            context.clock(),
            context.events(),
            context.module(),
            settings.files(),
            identity -> security.ifPresent(shown -> shown.show(identity)));
    context
        .metrics()
        .gauge(
            "nbd_certificate_left_seconds",
            "Seconds until the certificate ends",
            watch::secondsLeft);
  }

  /** What connections are secured with from now on. */
  Future<Security> start() {
    return watch
        .start()
        .compose(identity -> context.vertx().executeBlocking(() -> begin(identity), false))
        .map(Objects::requireNonNull)
        .map(this::show);
  }

  private Security show(Security begun) {
    if (closed) { // the module was stopped while the library was loaded
      begun.close();
      throw new IllegalStateException("closed before it could be shown");
    }
    security = Optional.of(begun);
    return begun;
  }

  /** On a worker: the first use of TLS loads a library. */
  private Security begin(TlsIdentity identity) {
    try {
      return new Security(settings, identity);
    } catch (IllegalArgumentException unusable) {
      throw new GatewayError.Invalid("tls: " + unusable.getMessage());
    }
  }

  void close() {
    closed = true;
    watch.close();
    security.ifPresent(Security::close);
    security = Optional.empty();
  }
}
