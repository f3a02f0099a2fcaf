package dev.penstock.nbd.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.penstock.nbd.client.Samples;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.testing.Peer;
import dev.penstock.spi.volume.Volume;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A real server that insists on TLS, and on knowing its client. */
@Tag("peer")
@Timeout(120)
class UpstreamTlsTest {
  @TempDir Path dir;
  private Optional<Peer.Running> nbdkit = Optional.empty();
  private int port;

  @BeforeEach
  void start() throws IOException {
    Peer.require("nbdkit", "openssl");
    authority("ca");
    authority("stranger");
    signed("server", "DNS:localhost");
    signed("client", "DNS:client");
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    Peer.Running running =
        Peer.start(
            "nbdkit",
            "-f",
            "-i",
            "127.0.0.1",
            "-p",
            port,
            "--tls=require",
            "--tls-verify-peer",
            "--tls-certificates=" + dir,
            "memory",
            "1M");
    nbdkit = Optional.of(running);
    await().until(() -> !running.isAlive() || isThere());
  }

  @AfterEach
  void stop() {
    nbdkit.ifPresent(Peer.Running::close);
  }

  private boolean isThere() {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (IOException _) {
      return false;
    }
  }

  private void authority(String name) {
    Peer.run(
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=" + name,
        "-keyout",
        dir.resolve(name + "-key.pem"),
        "-out",
        dir.resolve(name + "-cert.pem"));
  }

  private void signed(String name, String alternative) throws IOException {
    Path request = dir.resolve(name + ".csr");
    Path names = Files.writeString(dir.resolve(name + ".ext"), "subjectAltName=" + alternative);
    Peer.run(
        "openssl",
        "req",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-subj",
        "/CN=" + name,
        "-keyout",
        dir.resolve(name + "-key.pem"),
        "-out",
        request);
    Peer.run(
        "openssl",
        "x509",
        "-req",
        "-in",
        request,
        "-days",
        "2",
        "-CA",
        dir.resolve("ca-cert.pem"),
        "-CAkey",
        dir.resolve("ca-key.pem"),
        "-CAcreateserial",
        "-extfile",
        names,
        "-out",
        dir.resolve(name + "-cert.pem"));
  }

  private TestStore store(String scheme, String host, String authority) {
    return TestStore.of(
        "%s://%s:%d".formatted(scheme, host, port),
        Map.of(),
        Map.of(),
        Map.of(
            "tls",
            Map.of(
                "ca", dir.resolve(authority + "-cert.pem"),
                "certificate", dir.resolve("client-cert.pem"),
                "key", dir.resolve("client-key.pem"))));
  }

  @Test
  void readsAndWritesAreEncryptedAndBothSidesKnowEachOther() {
    try (var store = store("nbds", "localhost", "ca");
        Volume volume = store.open()) {
      byte[] written = new byte[3 << 18];
      for (int i = 0; i < written.length; i++) written[i] = (byte) (i * 7);

      volume.write(1000, ByteBuffer.wrap(written));

      assertThat(Samples.read(volume, 1000, written.length)).isEqualTo(written);
    }
  }

  @Test
  void aServerThatOurAuthorityDoesNotVouchForIsNotUsed() {
    try (var store = store("nbds", "localhost", "stranger")) {
      assertThatThrownBy(store::open).isInstanceOf(GatewayError.Unavailable.class);
    }
  }

  @Test
  void aServerWithAnotherNameIsNotUsed() {
    try (var store = store("nbds", "127.0.0.1", "ca")) {
      assertThatThrownBy(store::open).isInstanceOf(GatewayError.Unavailable.class);
    }
  }

  @Test
  void aServerThatWantsTlsIsNotTalkedToWithoutIt() {
    try (var store = store("nbd", "localhost", "ca")) {
      assertThatThrownBy(store::open)
          .isInstanceOf(GatewayError.Denied.class)
          .hasMessageContaining("TLS_REQD");
    }
  }
}
