package dev.penstock.nbd;

import dev.penstock.nbd.wire.ClientBytes;
import dev.penstock.nbd.wire.Option;
import dev.penstock.nbd.wire.Wire;
import dev.penstock.spi.testing.TestCertificates;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/** A client that says what a test wants, in clear first and then through the JDK's own TLS. */
final class TlsClient implements AutoCloseable {
  private final TestCertificates certificates;
  private Socket socket;
  private DataInputStream in;

  /** Connects, reads the greeting, and sends the flags of every client of today. */
  TlsClient(TestServer server, TestCertificates certificates) {
    this.certificates = certificates;
    URI tcp = URI.create(server.address());
    try {
      socket = new Socket(tcp.getHost(), tcp.getPort());
      socket.setSoTimeout((int) TestServer.AWAIT.toMillis());
      in = new DataInputStream(socket.getInputStream());
      in.skipNBytes(8 + 8 + 2);
      send(new ClientBytes().fixedNoZeroes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  TlsClient send(ClientBytes bytes) {
    try {
      socket.getOutputStream().write(bytes.toBytes());
      socket.getOutputStream().flush();
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Reads one reply to an option; answers its type. */
  int optionReply() {
    try {
      in.skipNBytes(8 + 4);
      int type = in.readInt();
      in.skipNBytes(in.readInt());
      return type;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Asks for TLS, with these bytes behind the question, and begins it once it was agreed on. */
  TlsClient startTls(ClientBytes injected) {
    send(new ClientBytes().option(Option.STARTTLS).raw(injected.toBytes()));
    if (optionReply() != Wire.REP_ACK) throw new AssertionError("no TLS");
    try {
      var tls =
          (SSLSocket)
              context()
                  .getSocketFactory()
                  .createSocket(socket, "localhost", socket.getPort(), true);
      tls.startHandshake();
      socket = tls;
      in = new DataInputStream(tls.getInputStream());
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What the server showed. */
  X509Certificate shown() {
    try {
      return (X509Certificate) ((SSLSocket) socket).getSession().getPeerCertificates()[0];
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  String protocol() {
    return ((SSLSocket) socket).getSession().getProtocol();
  }

  private SSLContext context() throws IOException {
    try (InputStream pem = Files.newInputStream(certificates.file("ca-cert.pem"))) {
      KeyStore authorities = KeyStore.getInstance(KeyStore.getDefaultType());
      authorities.load(null, null);
      authorities.setCertificateEntry(
          "ca", CertificateFactory.getInstance("X.509").generateCertificate(pem));
      var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(authorities);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, trust.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
