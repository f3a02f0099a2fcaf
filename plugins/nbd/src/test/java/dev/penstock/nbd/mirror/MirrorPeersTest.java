package dev.penstock.nbd.mirror;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.penstock.nbd.client.Samples;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.handoff.BlockTarget;
import dev.penstock.spi.handoff.BlockTargets.Aim;
import dev.penstock.spi.testing.Peer;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Mirrors to the servers that there are. */
@Tag("peer")
@Timeout(120)
class MirrorPeersTest {
  /** With a tail that is no multiple of 4096. */
  private static final int SIZE_BYTES = (32 << 20) + 512;

  private static final int HOLE_BEGIN = 8 << 20;
  private static final int HOLE_END = 20 << 20;

  @TempDir Path dir;
  private final Vertx vertx = Vertx.vertx();
  private final List<Peer.Running> running = new ArrayList<>();
  private Path disk;
  private int port;

  @BeforeEach
  void begin() throws IOException {
    disk = dir.resolve("disk");
    try (var file = new RandomAccessFile(disk.toFile(), "rw")) {
      file.setLength(SIZE_BYTES);
    }
    try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
  }

  @AfterEach
  void end() {
    running.forEach(Peer.Running::close);
    vertx.close().toCompletionStage().toCompletableFuture().join();
  }

  private void start(Object... command) {
    Peer.Running one = Peer.start(command);
    running.add(one);
    await().until(() -> !one.isAlive() || isThere());
  }

  /** Without connecting: some of them serve one client alone. */
  private boolean isThere() {
    String listens = ":%04X 00000000:0000 0A".formatted(port);
    try {
      return Files.readString(Path.of("/proc/net/tcp")).contains(listens);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** Data, a hole, data; all of it was something else before. */
  private void arrives(String uri) throws IOException {
    byte[] all = Samples.bytes(SIZE_BYTES);
    java.util.Arrays.fill(all, HOLE_BEGIN, HOLE_END, (byte) 0);
    try (BlockTarget target = new NbdTargets().open(vertx, Aim.at(uri, SIZE_BYTES))) {
      target.write(0, ByteBuffer.wrap(all, 0, HOLE_BEGIN));
      target.zero(HOLE_BEGIN, HOLE_END - HOLE_BEGIN);
      target.write(HOLE_END, ByteBuffer.wrap(all, HOLE_END, SIZE_BYTES - HOLE_END));
      assertThat(target.commit()).isEqualTo(BlockTarget.Farewell.HEARD);
    }
    await()
        .untilAsserted(
            () -> assertThat(Files.readAllBytes(disk)).as("what arrived").isEqualTo(all));
  }

  private void dirty() throws IOException {
    Files.write(disk, Samples.bytes(SIZE_BYTES));
  }

  private long allocatedBytes() {
    return 512 * Long.parseLong(Peer.run("stat", "-c", "%b", disk).out().strip());
  }

  /** It offers FLUSH to old-style clients, and answers EINVAL to it: so nothing is committed. */
  @Test
  void nbdkitThatSpeaksOldStyleTakesTheBytesAndIsNeverToldThatTheyWereAll() throws IOException {
    start("nbdkit", "-f", "--oldstyle", "-i", "127.0.0.1", "-p", port, "file", disk);
    byte[] all = Samples.bytes(SIZE_BYTES);
    try (BlockTarget target =
        new NbdTargets().open(vertx, Aim.at("flexnbd://127.0.0.1:" + port, SIZE_BYTES))) {
      target.write(0, ByteBuffer.wrap(all));
      assertThatThrownBy(target::commit)
          .isInstanceOf(GatewayError.Invalid.class)
          .hasMessageContaining("answers EINVAL to FLUSH");
    }
    assertThat(Files.readAllBytes(disk)).isEqualTo(all);
  }

  /** E8. */
  @Test
  void nbdkitKeepsTheHole() throws IOException {
    start("nbdkit", "-f", "-i", "127.0.0.1", "-p", port, "file", disk);
    arrives("nbd://127.0.0.1:" + port);
    assertThat(allocatedBytes()).isLessThan(SIZE_BYTES - (10 << 20));
  }

  @Test
  void nbdkitThatHadSomethingElse() throws IOException {
    dirty();
    start("nbdkit", "-f", "-i", "127.0.0.1", "-p", port, "file", disk);
    arrives("nbd://127.0.0.1:" + port);
  }

  /** E8: no WRITE_ZEROES, and yet the server says what is zero already. */
  @Test
  void nbdkitWithoutAZeroCommandKeepsTheHole() throws IOException {
    start("nbdkit", "-f", "-i", "127.0.0.1", "-p", port, "--filter=nozero", "file", disk);
    arrives("nbd://127.0.0.1:" + port);
    assertThat(allocatedBytes()).isLessThan(SIZE_BYTES - (10 << 20));
  }

  @Test
  void qemuNbd() throws IOException {
    start(
        "qemu-nbd",
        "-f",
        "raw",
        "-t",
        "-b",
        "127.0.0.1",
        "-p",
        port,
        "-x",
        "disk",
        "--discard=unmap",
        disk);
    arrives("nbd://127.0.0.1:%d/disk".formatted(port));
    assertThat(allocatedBytes()).isLessThan(SIZE_BYTES - (10 << 20));
  }

  @Test
  void nbdServer() throws IOException {
    dirty();
    Path config = dir.resolve("config");
    Files.writeString(
        config,
        """
        [generic]
        port = %d
        listenaddr = 127.0.0.1
        allowlist = true
        [disk]
        exportname = %s
        flush = true
        fua = true
        """
            .formatted(port, disk));
    start("nbd-server", "-d", "-C", config);
    arrives("nbd://127.0.0.1:%d/disk".formatted(port));
  }

  @Test
  void nbdkitOnAUnixSocket() throws IOException {
    dirty();
    Path socket = dir.resolve("nbd.sock");
    Peer.Running one = Peer.start("nbdkit", "-f", "--unix", socket, "file", disk);
    running.add(one);
    await().until(() -> Files.exists(socket) || !one.isAlive());
    arrives("nbd+unix:///?socket=" + socket);
  }
}
