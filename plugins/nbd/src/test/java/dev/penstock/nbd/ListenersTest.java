package dev.penstock.nbd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.penstock.nbd.wire.Wire;
import dev.penstock.spi.testing.MemoryVolume;
import dev.penstock.spi.testing.Peer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How clients get in, besides TLS. */
class ListenersTest {
  private static final int SIZE_BYTES = (5 << 20) + 100;

  @TempDir Path dir;
  private final MemoryVolume demo = MemoryVolume.named("demo", SIZE_BYTES);
  private Optional<TestServer> running = Optional.empty();

  @AfterEach
  void stop() {
    running.ifPresent(TestServer::close);
  }

  private TestServer start(Map<String, String> listener) {
    TestServer server = TestServer.of(demo, Map.of("listen", List.of(listener)), "demo");
    running = Optional.of(server);
    return server;
  }

  @Test
  void aUnixSocketHasTheModeThatWasAskedFor() throws Exception {
    Path socket = dir.resolve("nbd.sock");
    start(Map.of("address", "unix:" + socket, "mode", "0660")).address();

    assertThat(Files.getPosixFilePermissions(socket))
        .isEqualTo(PosixFilePermissions.fromString("rw-rw----"));
  }

  /**
   * In proc(5) a timer of 02 is that of keepalive, with how long it runs in hundredths of a second.
   */
  @Test
  void aClientThatSaysNothingIsLookedAtAfterHalfAMinute() throws Exception {
    TestServer server = start(Map.of("address", "tcp://127.0.0.1:0"));
    int port = URI.create(server.address()).getPort();
    try (var client = new Socket(InetAddress.getLoopbackAddress(), port)) {
      assertThat(client.getInputStream().read()).isEqualTo('N'); // of its greeting

      await()
          .untilAsserted(() ->
              assertThat(timers(port, client.getLocalPort()))
                  .singleElement()
                  .satisfies(timer -> {
                    assertThat(timer).startsWith("02:");
                    assertThat(Long.parseLong(timer.substring(3), 16)).isBetween(1L, 30L * 100);
                  }));
    }
  }

  private static List<String> timers(int here, int there) throws IOException {
    String ends = ":%04X .*:%04X 01 ".formatted(here, there);
    List<String> sockets = new ArrayList<>(Files.readAllLines(Path.of("/proc/net/tcp")));
    sockets.addAll(Files.readAllLines(Path.of("/proc/net/tcp6")));
    return sockets.stream()
        .map(line -> line.split(ends, 2))
        .filter(parts -> parts.length == 2)
        .map(parts -> parts[1].split(" ", 3)[1])
        .toList();
  }

  @Test
  void aPeerOnAUnixSocketIsNamedByItsUserAndProcess() {
    TestServer server = start(Map.of("address", "unix:" + dir.resolve("nbd.sock")));
    try (RawClient client = server.connect()) {
      client.send(new byte[40]);
      client.readToEnd();

      assertThat(TestServer.detail(server.cut(), "peer"))
          .matches("unix \\(uid \\d+, pid %d\\)".formatted(ProcessHandle.current().pid()));
    }
  }

  @Test
  void anOldStyleClientIsGreetedAsFlexnbdDoes() throws Exception {
    TestServer server = start(Map.of("address", "tcp://127.0.0.1:0", "oldstyle", "demo"));
    ByteBuffer hello = ByteBuffer.allocate(152);
    URI tcp = URI.create(server.address());
    try (SocketChannel socket =
        SocketChannel.open(new java.net.InetSocketAddress(tcp.getHost(), tcp.getPort()))) {
      while (hello.hasRemaining()) assertThat(socket.read(hello)).isPositive();
    }
    hello.flip();

    assertThat(hello.getLong()).isEqualTo(Wire.NBDMAGIC);
    assertThat(hello.getLong()).isEqualTo(0x0000420281861253L);
    assertThat(hello.getLong()).as("in whole sectors").isEqualTo(SIZE_BYTES / 512 * 512);
    assertThat(hello.getInt()).as("HAS_FLAGS, FLUSH, FUA").isEqualTo(13);
  }

  @Test
  @Tag("peer")
  void libnbdAndNbdkitWorkWithAnOldStyleListener() throws Exception {
    TestServer server = start(Map.of("address", "tcp://127.0.0.1:0", "oldstyle", "demo"));
    String uri = server.uri("");
    Path source = Files.write(dir.resolve("source"), ServingTest.pattern(SIZE_BYTES / 512 * 512));
    Path back = dir.resolve("back");

    assertThat(Peer.run("nbdinfo", uri).out()).contains("protocol: oldstyle");
    Peer.run("nbdcopy", "--flush", source, uri);
    Peer.run("nbdkit", "-U", "-", "nbd", "uri=" + uri, "--run", "nbdcopy $uri " + back);

    assertThat(Files.mismatch(source, back)).isEqualTo(-1L);
  }

  @Test
  void anOldStyleListenerWhoseExportIsNotThereClosesAtOnce() throws Exception {
    TestServer server = start(Map.of("address", "tcp://127.0.0.1:0", "oldstyle", "nobody"));
    URI tcp = URI.create(server.address());
    try (SocketChannel socket =
        SocketChannel.open(new java.net.InetSocketAddress(tcp.getHost(), tcp.getPort()))) {
      assertThat(socket.read(ByteBuffer.allocate(152))).isEqualTo(-1);
    }
  }
}
