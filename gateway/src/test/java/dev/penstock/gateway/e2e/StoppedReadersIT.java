package dev.penstock.gateway.e2e;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.testing.TestCertificates;
import dev.penstock.spi.testing.Trixie;
import io.vertx.core.Vertx;
import io.vertx.core.net.PemTrustOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Clients that ask for content and do not read it do not fill the memory of the gateway. */
@Timeout(180)
class StoppedReadersIT {
  private static final int CLIENTS = 150;

  @Test
  void manyThatStopOverTlsLeaveTheGatewayToOthers(@TempDir Path home) throws Exception {
    var certificates = TestCertificates.in(home.resolve("tls"));
    try (Trixie.Folder folder = Trixie.folder()) {
      AnnexRepository served = AnnexRepository.init(folder, "served");
      String key = served.add("file", 16 << 20);
      String settings =
          """
          tls: { certificate: %s, key: %s }
          repositories: { served: { kind: annex, path: %s, anonymous: all } }
          """
              .formatted(
                  certificates.file("server-cert.pem"),
                  certificates.file("server-key.pem"),
                  served.path());
      List<SSLSocket> clients = new ArrayList<>();
      try (AnnexGateway gateway = AnnexGateway.serving(home, settings)) {
        SSLContext trusting = trusting(certificates);
        String uuid = served.uuid();
        String path = "/git-annex/%s/v4/key/%s?clientuuid=%s".formatted(uuid, key, uuid);
        for (int count = 0; count < CLIENTS; count++) {
          SSLSocket client = asking(trusting, gateway.port(), path);
          clients.add(client);
          assertThat(begun(client)).as("client %d", count).isEqualTo("HTTP/1.1 200 OK");
        }
      } finally {
        for (SSLSocket client : clients) client.close();
      }
    }
  }

  private static SSLContext trusting(TestCertificates certificates) throws Exception {
    Vertx vertx = Vertx.vertx();
    try {
      TrustManagerFactory authorities =
          new PemTrustOptions()
              .addCertPath(certificates.file("ca-cert.pem").toString())
              .getTrustManagerFactory(vertx);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, authorities.getTrustManagers(), null);
      return context;
    } finally {
      vertx.close().await();
    }
  }

  private static SSLSocket asking(SSLContext context, int port, String path) throws IOException {
    SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket();
    socket.setReceiveBufferSize(4096);
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    socket
        .getOutputStream()
        .write("GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n".formatted(path).getBytes(US_ASCII));
    return socket;
  }

  /** Nothing beyond it is read. */
  private static String begun(SSLSocket socket) throws IOException {
    byte[] line = socket.getInputStream().readNBytes("HTTP/1.1 200 OK".length());
    return new String(line, US_ASCII);
  }
}
