package dev.penstock.p2p;

import dev.penstock.p2p.config.TlsSettings;
import dev.penstock.spi.module.ModuleContext;
import dev.penstock.spi.tls.CertificateWatch;
import dev.penstock.spi.tls.TlsIdentity;
import io.vertx.core.Future;
import java.util.function.Consumer;

/**
 * The certificate of the module, as new as its files.
 *
 * <p><b>Lifecycle.</b> {@link #start}, then {@link #close}, also if it did not start.
 * <b>Threads.</b> The module's context.
 */
final class Certificate {
  private final CertificateWatch watch;

  /**
   * @param renewed takes what new connections are to be shown
   */
  Certificate(ModuleContext context, TlsSettings settings, Consumer<TlsIdentity> renewed) {
    watch =
        new CertificateWatch(
            context.vertx(),
            context.clock(),
            context.events(),
            context.module(),
            settings.files(),
            renewed);
    context
        .metrics()
        .gauge(
            "p2p_certificate_left_seconds",
            "Seconds until the certificate ends",
            watch::secondsLeft);
  }

  Future<TlsIdentity> start() {
    return watch.start();
  }

  void close() {
    watch.close();
  }
}
