package dev.penstock.gateway.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.testing.Peer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A supervisor of flexnbd moves never takes an interrupted one for a complete one. */
@Tag("peer")
@Timeout(180)
class ReceiveIT {
  private static final int SIZE_BYTES = 8 << 20;

  @TempDir Path folder = Path.of("");

  private static int freePort() throws IOException {
    try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return free.getLocalPort();
    }
  }

  private PackagedGateway gateway(int port) {
    return PackagedGateway.serving(
        folder,
        """
        stores: { disk: { kind: files, path: volumes } }
        modules:
          nbd:
            listen: "unix:nbd.sock"
            exports: { vm: { volume: vm } }
            receive: { vm: { listen: "tcp://127.0.0.1:%d", from: 127.0.0.1, store: disk, size: 8MiB } }
        """
            .formatted(port));
  }

  private Path image() throws IOException {
    byte[] bytes = new byte[SIZE_BYTES];
    new Random(28).nextBytes(bytes);
    java.util.Arrays.fill(bytes, 1 << 20, 3 << 20, (byte) 0);
    return Files.write(folder.resolve("image"), bytes);
  }

  @Test
  void endsWith0OnceEveryByteHasComeAndWasSaidToBeAll() throws Exception {
    Peer.require("nbdcopy");
    int port = freePort();
    Path image = image();
    try (PackagedGateway gateway = gateway(port).receive("vm")) {
      Peer.run("nbdcopy", "--flush", image, "nbd://127.0.0.1:" + port);
      assertThat(gateway.awaitEnd()).isZero();
      assertThat(gateway.log()).contains("Volume vm was received and is owned here.");

      gateway.start();
      Path back = folder.resolve("back");
      Peer.run("nbdcopy", "nbd://127.0.0.1:" + port, back);
      assertThat(Files.mismatch(image, back)).as("served where it was received").isEqualTo(-1);
      assertThat(gateway.stop()).isZero();
    }
  }

  /** 20, E1. */
  @Test
  void oneThatLookedAndLeftCompletesNothingAndAStopIsNoSuccess() throws Exception {
    Peer.require("nbdinfo");
    int port = freePort();
    try (PackagedGateway gateway = gateway(port).receive("vm")) {
      Peer.run("nbdinfo", "nbd://127.0.0.1:" + port);
      assertThat(gateway.isAlive()).isTrue();
      assertThat(gateway.stop()).isEqualTo(1);
      assertThat(gateway.log()).contains("Stopped before volume vm was complete.");
    }
  }

  @Test
  void anAddressInUseIsNamedAndEndsIt() throws Exception {
    try (var squatter = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Peer.Result refusal = gateway(squatter.getLocalPort()).refusalToReceive("vm");
      assertThat(refusal.exit()).isEqualTo(5);
      assertThat(refusal.text())
          .contains("Volume vm is not received")
          .contains("tcp://127.0.0.1:%d is in use by".formatted(squatter.getLocalPort()));
    }
  }

  @Test
  void whatNobodyReceivesIsNotWaitedFor() throws Exception {
    Peer.Result refusal = gateway(freePort()).refusalToReceive("other");
    assertThat(refusal.exit()).isEqualTo(8);
    assertThat(refusal.text()).contains("Volume other is not received: no module receives it");
  }
}
