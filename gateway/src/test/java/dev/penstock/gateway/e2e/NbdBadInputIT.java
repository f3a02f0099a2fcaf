package dev.penstock.gateway.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A client that does wrong costs itself a request or its connection, and others nothing. */
@Timeout(60)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class NbdBadInputIT {
  private static final int SIZE = 64 << 20;
  private static final int EINVAL = 22;
  private static final int ENOSPC = 28;
  private static final int EOVERFLOW = 75;

  private static final String BLOCKS =
      """
      stores: { disk: { kind: files, path: volumes } }
      volumes: { demo: { store: disk, size: 64MiB } }
      modules:
        nbd:
          listen: "unix:nbd.sock"
          exports: { demo: { volume: demo } }
          limits: { handshake: 1s, request: 1s, reply: 1s }
      """;

  private PackagedGateway gateway = PackagedGateway.unstarted();

  @BeforeAll
  void startGateway(@TempDir Path folder) {
    gateway = PackagedGateway.serving(folder, BLOCKS).start();
  }

  @AfterAll
  void stopGateway() {
    gateway.close();
  }

  @Test
  void requestsOutsideAreAnsweredAndTheConnectionGoesOn() throws Exception {
    try (NbdClient client = gateway.connect("demo")) {
      assertThat(client.ask(NbdClient.READ, SIZE, 1)).isEqualTo(EINVAL);
      assertThat(client.ask(NbdClient.READ, SIZE - 1, 2)).isEqualTo(EINVAL);
      assertThat(client.ask(NbdClient.READ, -1, 2)).isEqualTo(EINVAL);
      assertThat(client.write(SIZE - 1, new byte[2], 0)).isEqualTo(ENOSPC);
      assertThat(client.ask(99, 0, 0)).isEqualTo(EINVAL);
      assertThat(client.read(SIZE - 1, 1)).hasSize(1);
    }
  }

  @Test
  void requestsThatAreTooLargeAreAnsweredAndTheConnectionGoesOn() throws Exception {
    try (NbdClient client = gateway.connect("demo")) {
      assertThat(client.ask(NbdClient.READ, 0, SIZE)).isIn(EINVAL, EOVERFLOW);
      assertThat(client.write(0, new byte[40 << 20], 0)).isIn(EINVAL, EOVERFLOW);
      assertThat(client.read(0, 32 << 20)).hasSize(32 << 20);
    }
  }

  @Test
  void unknownExportsAreRefusedAndTheNegotiationGoesOn() throws Exception {
    try (NbdClient client = NbdClient.raw(gateway.file("nbd.sock"))) {
      client.greet();
      assertThat(client.go("nobody")).isEqualTo(NbdClient.UNKNOWN_EXPORT);
      assertThat(client.go("../demo")).isEqualTo(NbdClient.UNKNOWN_EXPORT);
      assertThat(client.go("demo")).isEqualTo(NbdClient.ACK);
      assertThat(client.read(0, 512)).hasSize(512);
    }
  }

  @Test
  void garbageEndsItsOwnConnectionOnly() throws Exception {
    try (NbdClient good = gateway.connect("demo")) {
      byte[] garbage = new byte[512];
      new Random(7).nextBytes(garbage);
      try (NbdClient handshake = NbdClient.raw(gateway.file("nbd.sock"))) {
        handshake.send(ByteBuffer.allocate(512).put(garbage));
        handshake.awaitEnd();
      }
      try (NbdClient transmission = gateway.connect("demo")) {
        transmission.send(ByteBuffer.allocate(512).put(garbage));
        transmission.awaitEnd();
      }
      assertThat(good.read(0, 512)).hasSize(512);
    }
  }

  @Test
  void silentHandshakesEndAtTheirLimit() throws Exception {
    try (NbdClient silent = NbdClient.raw(gateway.file("nbd.sock"))) {
      silent.awaitEnd();
    }
  }

  @Test
  void halfSentWriteCostsItsOwnConnectionWhileAHundredOthersSeeNothing() throws Exception {
    List<NbdClient> others = new ArrayList<>();
    try (NbdClient hanging = gateway.connect("demo")) {
      for (int i = 0; i < 100; i++) others.add(gateway.connect("demo"));
      hanging.send(hanging.request(NbdClient.WRITE, 0, 0, 1 << 20));
      hanging.send(ByteBuffer.allocate(1000).position(1000));

      useAll(others);
      hanging.awaitEnd();
      useAll(others);

      assertThat(others.getFirst().read(0, 1000)).as("nothing of it was written").containsOnly(0);
    } finally {
      for (NbdClient one : others) one.close();
    }
    assertThat(gateway.log()).contains("cut");
  }

  private static void useAll(List<NbdClient> clients) throws IOException {
    for (int i = 0; i < clients.size(); i++) {
      byte[] mine = {(byte) i, 1, 2, 3};
      long at = (1 << 20) + i * 4096L;
      assertThat(clients.get(i).write(at, mine, i % 10 == 0 ? NbdClient.FUA : 0)).isZero();
      assertThat(clients.get(i).read(at, 4)).isEqualTo(mine);
    }
  }
}
