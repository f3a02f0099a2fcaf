package dev.penstock.gateway.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.penstock.spi.testing.Peer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A gateway that moves a volume away while clients use it. */
abstract class Mirroring {
  static final int SIZE_BYTES = 8 << 20;
  static final int BLOCK_BYTES = 4096;

  @TempDir Path folder = Path.of("");

  private final List<Peer.Running> running = new ArrayList<>();
  PackagedGateway home = PackagedGateway.unstarted();
  byte[] image = {};

  @BeforeEach
  void start() throws IOException {
    home =
        PackagedGateway.serving(
                folder.resolve("home"),
                """
                stores: { disk: { kind: files, path: volumes } }
                volumes: { vm: { store: disk, size: 8MiB } }
                modules:
                  nbd: { listen: "unix:nbd.sock", exports: { vm: { volume: vm } } }
                  replication: {}
                """)
            .start();
    image = new byte[SIZE_BYTES];
    new Random(5).nextBytes(image);
    Arrays.fill(image, 1 << 20, 5 << 20, (byte) 0); // stays a hole
    try (NbdClient client = home.connect("vm")) {
      for (int at = 0; at < SIZE_BYTES; at += 1 << 20)
        if (at < 1 << 20 || at >= 5 << 20)
          assertThat(client.write(at, Arrays.copyOfRange(image, at, at + (1 << 20)), 0)).isZero();
    }
  }

  @AfterEach
  void stop() {
    running.forEach(Peer.Running::close);
    home.close();
  }

  static int freePort() throws IOException {
    try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return free.getLocalPort();
    }
  }

  void serves(int port, Object... command) {
    Peer.Running one = Peer.start(command);
    running.add(one);
    String listens = ":%04X 00000000:0000 0A".formatted(port);
    await()
        .until(
            () -> !one.isAlive() || Files.readString(Path.of("/proc/net/tcp")).contains(listens));
  }

  Peer.Result move(String uri, String... more) {
    List<String> words = new ArrayList<>(List.of("migrate", "start", "vm", "--to", uri, "--wait"));
    words.addAll(List.of(more));
    return home.cli(words.toArray(String[]::new));
  }

  void begin(String uri, JsonObject wishes) throws IOException {
    TwoOwners.call(home, "POST", "/v1/migrations/vm", wishes.copy().put("to", uri));
  }

  JsonObject migration() throws IOException {
    return home.admin().get("/v1/migrations/vm").json();
  }

  String phase() throws IOException {
    return home.admin().get("/v1/ownerships").json().getJsonArray("ownerships").stream()
        .map(JsonObject.class::cast)
        .filter(one -> one.getString("volume").equals("vm"))
        .map(one -> one.getString("phase"))
        .findFirst()
        .orElse("owner");
  }

  JsonObject export() throws IOException {
    return home.admin().get("/v1/exports/vm").json();
  }

  void takeBack() {
    assertThat(home.cli("migrate", "promote", "vm", "--force").exit()).isZero();
    home.await(() -> export().getString("state").equals("open"));
  }

  void assertServes(byte[] expected) throws IOException {
    home.await(() -> export().getString("state").equals("open"));
    try (NbdClient client = home.connect("vm")) {
      assertThat(read(client)).isEqualTo(expected);
    }
  }

  static byte[] read(NbdClient client) throws IOException {
    byte[] all = new byte[SIZE_BYTES];
    for (int at = 0; at < SIZE_BYTES; at += 1 << 20)
      System.arraycopy(client.read(at, 1 << 20), 0, all, at, 1 << 20);
    return all;
  }
}
