package dev.penstock.nbd.serve;

import dev.penstock.nbd.config.TlsSettings;
import dev.penstock.spi.tls.TlsIdentity;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.util.ReferenceCountUtil;
import java.util.List;
import javax.net.ssl.SSLException;

/**
 * TLS as a module speaks it, with the certificate of the moment.
 *
 * <p><b>Lifecycle.</b> {@link #show} before the first client, and again with every new certificate;
 * {@link #close} once nobody comes in any more. <b>Threads.</b> Any. Connections keep what they
 * began with.
 */
public final class Security {
  private final TlsSettings settings;
  private volatile SslContext context;

  /**
   * With a first certificate.
   *
   * @throws IllegalArgumentException if the library that speaks TLS cannot use it
   */
  public Security(TlsSettings settings, TlsIdentity identity) {
    this.settings = settings;
    this.context = context(settings, identity);
  }

  /** New clients see this; if it cannot be used, they go on seeing what was there before. */
  public synchronized void show(TlsIdentity identity) {
    SslContext before = context;
    context = context(settings, identity);
    ReferenceCountUtil.release(before);
  }

  /** For one connection. */
  synchronized SslHandler handler(ByteBufAllocator buffers) {
    SslHandler handler = context.newHandler(buffers);
    handler.setHandshakeTimeoutMillis(0); // the limit of the whole handshake covers it
    return handler;
  }

  public synchronized void close() {
    ReferenceCountUtil.release(context);
  }

  private static SslContext context(TlsSettings settings, TlsIdentity identity) {
    try {
      return SslContextBuilder.forServer(identity.key(), identity.chain())
          .sslProvider(fastest())
          .protocols(versions(settings.versionMin()))
          .clientAuth(
              switch (settings.clientCertificate()) {
                case NONE -> ClientAuth.NONE;
                case OPTIONAL -> ClientAuth.OPTIONAL;
                case REQUIRED -> ClientAuth.REQUIRE;
              })
          .trustManager(identity.authorities())
          .build();
    } catch (SSLException e) {
      throw new IllegalArgumentException("the certificate cannot be used: " + e.getMessage(), e);
    }
  }

  /** The native library, where it loads. */
  private static SslProvider fastest() {
    if (Boolean.getBoolean("x.jdk")) return SslProvider.JDK;
    return OpenSsl.isAvailable() ? SslProvider.OPENSSL_REFCNT : SslProvider.JDK;
  }

  private static List<String> versions(TlsSettings.Version least) {
    return switch (least) {
      case TLS_1_2 -> List.of("TLSv1.3", "TLSv1.2");
      case TLS_1_3 -> List.of("TLSv1.3");
    };
  }
}
