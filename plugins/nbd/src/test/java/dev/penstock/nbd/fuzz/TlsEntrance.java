package dev.penstock.nbd.fuzz;

import dev.penstock.nbd.handshake.Exports;
import dev.penstock.nbd.handshake.Handshake;
import dev.penstock.nbd.handshake.NewStyle;
import dev.penstock.nbd.handshake.Peer;
import dev.penstock.nbd.handshake.Tls;
import dev.penstock.nbd.transmit.Entrance;
import dev.penstock.spi.testing.TestCertificates;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.nio.file.Files;

/** A place where clients come in that speaks through TLS alone, and what its clients need. */
final class TlsEntrance implements Entrance {
  /** Its certificate is made once: that takes as long as hundreds of conversations. */
  static final TlsEntrance SHARED = new TlsEntrance();

  private final SslContext shown;
  private final SslContext trusting;

  private TlsEntrance() {
    try {
      var certificates = TestCertificates.in(Files.createTempDirectory("penstock-fuzz"));
      shown =
          SslContextBuilder.forServer(
                  certificates.file("server-cert.pem").toFile(),
                  certificates.file("server-key.pem").toFile())
              .sslProvider(SslProvider.JDK)
              .build();
      trusting =
          SslContextBuilder.forClient()
              .sslProvider(SslProvider.JDK)
              .trustManager(certificates.file("ca-cert.pem").toFile())
              .build();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  SslHandler client(ByteBufAllocator buffers) {
    return unhurried(trusting.newHandler(buffers, "localhost", 10809));
  }

  @Override
  public String address() {
    return "listener";
  }

  @Override
  public Handshake handshake(Exports exports, Peer peer) {
    return new NewStyle(exports, peer, Tls.REQUIRED);
  }

  @Override
  public SslHandler security(ByteBufAllocator buffers) {
    return unhurried(shown.newHandler(buffers));
  }

  private static SslHandler unhurried(SslHandler handler) {
    handler.setHandshakeTimeoutMillis(0);
    return handler;
  }
}
