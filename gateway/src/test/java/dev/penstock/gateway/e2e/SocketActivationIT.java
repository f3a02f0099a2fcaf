package dev.penstock.gateway.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.testing.Peer;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A gateway that is started by its first client, on sockets that systemd's tool listens on. */
@Tag("peer")
@Timeout(180)
class SocketActivationIT {
  @TempDir Path folder;

  @Test
  void theFirstClientStartsItAndARestartOfTheModuleRefusesNobody() throws Exception {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    PackagedGateway gateway =
        PackagedGateway.serving(
            folder,
            """
            stores: { disk: { kind: files, path: volumes } }
            volumes: { demo: { store: disk, size: 64MiB } }
            modules: { nbd: { listen: ["systemd:net", "systemd:1"], exports: { demo: { volume: demo } } } }
            """);
    Path socket = gateway.file("nbd.sock");
    String tcp = "nbd://127.0.0.1:%d/demo".formatted(port);
    String unix = gateway.nbd("demo");
    try (Peer.Running activated =
        Peer.start(
            "systemd-socket-activate",
            "--listen=127.0.0.1:" + port,
            "--listen=" + socket,
            "--fdname=net:local",
            "--setenv=PENSTOCK_STOP_WITH_PARENT=true",
            PackagedGateway.home().resolve("bin/penstock"),
            "run",
            gateway.file("penstock.yaml"))) {
      Awaitility.await().until(() -> Files.exists(socket));

      assertThat(Peer.run("nbdinfo", "--size", unix).out()).isEqualToIgnoringNewLines("67108864");
      assertThat(Peer.run("nbdinfo", "--size", tcp).out()).isEqualToIgnoringNewLines("67108864");
      assertThat(gateway.cli("module", "restart", "nbd", "--yes").exit()).isZero();
      assertThat(Peer.run("nbdinfo", "--size", unix).out()).isEqualToIgnoringNewLines("67108864");
      assertThat(Peer.run("nbdinfo", "--size", tcp).out()).isEqualToIgnoringNewLines("67108864");
      assertThat(socket).as("systemd's, not ours to remove").exists();

      activated.terminate();
      assertThat(activated.await(Peer.LIMIT).exit()).isZero();
    }
  }
}
