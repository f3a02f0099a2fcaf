package dev.penstock.gateway.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A client that does wrong costs itself a request or its connection, and others nothing. */
@Timeout(60)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class NbdBadInputIT {
  private static final int SIZE = 64 << 20;
  private static final int EPERM = 1;
  private static final int EINVAL = 22;
  private static final int ENOSPC = 28;
  private static final int EOVERFLOW = 75;
  private static final int ENOTSUP = 95;

  private static final String BLOCKS =
      """
      stores: { disk: { kind: files, path: volumes } }
      volumes: { demo: { store: disk, size: 64MiB } }
      modules:
        nbd:
          listen: "unix:nbd.sock"
          exports: { demo: { volume: demo }, frozen: { volume: demo, read_only: true } }
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

  @ParameterizedTest(name = "option {0}, {3}: 0x{2}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          7   | 000001f4 64656d6f 0000      | 80000003 | a name longer than the option
          7   | 00000004 64656d6f 0009 0003 | 80000003 | more information than there is
          7   | 00000004 64656d6f 0000 0003 | 80000003 | less information than there is
          7   | 0000                        | 80000003 | no room for a name
          7   |                             | 80000003 | nothing
          6   | ffffffff 64656d6f 0000      | 80000003 | the longest name there is
          3   | 00                          | 80000003 | LIST with data
          5   | 00                          | 80000003 | STARTTLS with data
          8   | 00                          | 80000003 | STRUCTURED_REPLY with data
          99  | 0102030405                  | 80000001 | an option that nobody knows
          """)
  void malformedOptionsAreRefusedAndTheNextOneWorks(int code, String hex, String reply)
      throws Exception {
    byte[] data = HexFormat.of().parseHex(hex == null ? "" : hex.replace(" ", ""));
    try (NbdClient client = NbdClient.raw(gateway.file("nbd.sock"))) {
      client.greet();
      assertThat(client.option(code, ByteBuffer.allocate(data.length).put(data)))
          .isEqualTo(Integer.parseUnsignedInt(reply, 16));
      assertThat(client.go("demo")).isEqualTo(NbdClient.ACK);
      assertThat(client.read(0, 512)).hasSize(512);
    }
  }

  @Test
  void namesLongerThanAnyoneMayUseAreRefusedAndTheNextOptionWorks() throws Exception {
    try (NbdClient client = NbdClient.raw(gateway.file("nbd.sock"))) {
      client.greet();
      assertThat(client.go("x".repeat(4096))).isEqualTo(NbdClient.UNKNOWN_EXPORT);
      assertThat(client.go("x".repeat(4097))).isEqualTo(NbdClient.INVALID);
      assertThat(client.go("demo")).isEqualTo(NbdClient.ACK);
    }
  }

  @Test
  void abortIsAcknowledgedAndTheConnectionEnds() throws Exception {
    try (NbdClient client = NbdClient.raw(gateway.file("nbd.sock"))) {
      client.greet();
      assertThat(client.option(NbdClient.OPTION_ABORT, ByteBuffer.allocate(3).putShort((short) 1)))
          .isEqualTo(NbdClient.ACK);
      client.awaitEnd();
    }
  }

  @Test
  void anUnknownExportByNameAloneEndsTheConnection() throws Exception {
    try (NbdClient client = NbdClient.raw(gateway.file("nbd.sock"))) {
      client.greet();
      assertThatThrownBy(() ->
              client.option(NbdClient.OPTION_EXPORT_NAME, ByteBuffer.allocate(1).put((byte) 65)))
          .isInstanceOf(EOFException.class);
    }
  }

  @Test
  void rangesThatWrapAreOutsideLikeAnyOther() throws Exception {
    try (NbdClient client = gateway.connect("demo")) {
      assertThat(client.write(-512, new byte[1024], 0)).isEqualTo(ENOSPC);
      assertThat(client.ask(NbdClient.READ, -512, 1024)).isEqualTo(EINVAL);
      assertThat(client.ask(NbdClient.TRIM, -512, 1024)).isEqualTo(EINVAL);
      assertThat(client.ask(NbdClient.WRITE_ZEROES, -512, 1024)).isEqualTo(ENOSPC);
      assertThat(client.ask(NbdClient.READ, Long.MAX_VALUE, -1)).isEqualTo(EINVAL);
      assertThat(client.read(0, 512)).hasSize(512);
    }
  }

  @Test
  void fastZeroIsAnsweredWhereItBroughtDownAWholeServer() throws Exception {
    try (NbdClient client = gateway.connect("demo")) {
      assertThat(client.ask(NbdClient.WRITE_ZEROES, NbdClient.FAST_ZERO, 32 << 20, 4096))
          .isIn(0, EINVAL, ENOTSUP);
      assertThat(client.ask(NbdClient.READ, NbdClient.FAST_ZERO, 0, 512)).isEqualTo(EINVAL);
      assertThat(client.read(0, 512)).hasSize(512);
    }
  }

  @Test
  void readOnlyExportsRefuseEveryChange() throws Exception {
    try (NbdClient client = gateway.connect("frozen")) {
      assertThat(client.write(0, new byte[512], 0)).isEqualTo(EPERM);
      assertThat(client.ask(NbdClient.TRIM, 0, 512)).isEqualTo(EPERM);
      assertThat(client.ask(NbdClient.WRITE_ZEROES, 0, 512)).isEqualTo(EPERM);
      assertThat(client.read(0, 512)).hasSize(512);
    }
  }

  @Test
  void emptyAndOddRequestsAreAnsweredAndNeverADisconnect() throws Exception {
    try (NbdClient client = gateway.connect("demo")) {
      for (int command : new int[] {NbdClient.READ, NbdClient.TRIM, NbdClient.WRITE_ZEROES})
        assertThat(client.ask(command, 0, 0)).isIn(0, EINVAL);
      assertThat(client.write(0, new byte[0], 0)).isIn(0, EINVAL);
      assertThat(client.ask(NbdClient.FLUSH, 4711, 512)).isIn(0, EINVAL);
      assertThat(client.write(0, new byte[512], 1 << 15)).as("unknown flag").isEqualTo(EINVAL);
      assertThat(client.read(0, 512)).hasSize(512);
    }
  }

  @Test
  void moreThanAnyoneDrainsEndsTheConnection() throws Exception {
    try (NbdClient client = gateway.connect("demo")) {
      client.send(client.request(NbdClient.WRITE, 0, 0, 300 << 20));
      client.awaitEnd();
    }
    assertEverybodyElseIsServed();
  }

  @Test
  void aClientThatLeavesWhileItsWriteIsThrownAwayLeavesNothingBehind() throws Exception {
    for (int i = 0; i < 20; i++) {
      try (NbdClient client = gateway.connect("demo")) {
        client.send(client.request(NbdClient.WRITE, 0, SIZE, 16 << 20)); // past the end
        client.send(ByteBuffer.allocate(5000).position(5000));
      }
    }
    assertNobodyIsLeft();
  }

  @Test
  void aHundredReadsUnderWayAndGoneHurtNobody() throws Exception {
    for (int i = 0; i < 5; i++) {
      try (NbdClient client = gateway.connect("demo")) {
        for (int read = 0; read < 100; read++)
          client.send(client.request(NbdClient.READ, 0, read * 4096L, 128 << 10));
      }
    }
    assertNobodyIsLeft();
  }

  @Test
  void repliesThatNobodyReadsEndTheirConnectionOnly() throws Exception {
    try (NbdClient good = gateway.connect("demo");
        NbdClient stalled = gateway.connect("demo")) {
      for (int read = 0; read < 100; read++)
        stalled.send(stalled.request(NbdClient.READ, 0, 0, 1 << 20));
      gateway.await(() -> gateway.log().contains("replies have not been read"));
      assertThat(good.read(0, 512)).hasSize(512);
    }
  }

  @Test
  void whatWasAskedBeforeGoodbyeIsAnsweredBeforeTheEnd() throws Exception {
    try (NbdClient client = gateway.connect("demo")) {
      for (int read = 0; read < 64; read++)
        client.send(client.request(NbdClient.READ, 0, read * 4096L, 4096));
      client.send(client.request(NbdClient.DISC, 0, 0, 0));
      for (int read = 0; read < 64; read++) client.receive(16 + 4096);
      client.awaitEnd();
    }
  }

  private void assertEverybodyElseIsServed() throws IOException {
    try (NbdClient other = gateway.connect("demo")) {
      assertThat(other.read(0, 512)).hasSize(512);
    }
  }

  private void assertNobodyIsLeft() throws Exception {
    assertEverybodyElseIsServed();
    gateway.await(
        () -> gateway.admin().get("/v1/connections").json().getJsonArray("connections").isEmpty());
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
