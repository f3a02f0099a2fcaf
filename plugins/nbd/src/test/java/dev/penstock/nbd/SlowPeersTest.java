package dev.penstock.nbd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.penstock.nbd.wire.ClientBytes;
import dev.penstock.nbd.wire.Command;
import dev.penstock.nbd.wire.ErrorNumber;
import dev.penstock.nbd.wire.Option;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.testing.Faults.Call;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Clients and volumes that are slow hold little, and are cut where nothing else helps. */
@Timeout(60)
class SlowPeersTest extends ServedDemo {
  @Test
  void aHandshakeThatDawdlesIsCut() {
    try (var client = server.connect()) {
      client.send(new ClientBytes().fixedNoZeroes());
      assertThat(client.readToEnd()).isZero();
      assertThat(TestServer.detail(server.cut(), "why")).isEqualTo("handshake");
    }
  }

  @Test
  void aHandshakeThatDripsIsCutAllTheSame() {
    try (var client = server.connect()) {
      dripUntilCut(client, manyOptions());
      assertThat(TestServer.detail(server.cut(), "why")).isEqualTo("handshake");
    }
  }

  private static byte[] manyOptions() {
    var options = new ClientBytes().fixedNoZeroes();
    for (int i = 0; i < 500; i++) options.option(Option.LIST);
    return options.toBytes();
  }

  @Test
  void aRequestThatDripsIsCutAllTheSame() {
    try (var client = server.connect().exportName("demo")) {
      client.send(new ClientBytes().request(Command.WRITE, 1, 0, 1 << 20));
      dripUntilCut(client, new byte[1 << 20]);
      assertThat(TestServer.detail(server.cut(), "why")).isEqualTo("request");
    }
  }

  /** A byte now and then: what a client does that only pretends to be alive. */
  private void dripUntilCut(RawClient client, byte[] bytes) {
    ByteBuffer left = ByteBuffer.wrap(bytes);
    await()
        .pollInterval(Duration.ofMillis(10))
        .until(() -> {
          client.sendWhilePossible(new ClientBytes().raw(left.get()));
          return !server.host().events().all(NbdObserver.CONNECTION_CUT).isEmpty();
        });
  }

  @Test
  void aHalfSentWriteCostsItsOwnConnectionAndAHundredOthersSeeNothing() {
    List<RawClient> others = new ArrayList<>();
    try (var hanging = server.connect().exportName("demo")) {
      for (int i = 0; i < 100; i++) others.add(server.connect().exportName("demo"));
      hanging.send(new ClientBytes().request(Command.WRITE, 1, 0, 1 << 20).raw(new byte[1000]));

      for (var other : others) assertThat(other.write(0, (byte) 7).error()).isZero();
      assertThat(hanging.readToEnd()).isZero();
      assertThat(TestServer.detail(server.cut(), "why")).isEqualTo("request");
      for (var other : others) assertThat(other.readData(0, 1)).containsExactly(7);
    } finally {
      others.forEach(RawClient::close);
    }
    everythingIsGivenBack();
    assertThat(server.host().events().all(NbdObserver.CONNECTION_CUT)).hasSize(1);
    assertThat(server.host().metrics().counted("nbd_connections_cut", "why", "request"))
        .isEqualTo(1);
  }

  @Test
  void anIdleConnectionIsNeverCut() {
    try (var idle = server.connect().exportName("demo");
        var hanging = server.connect().exportName("demo")) {
      // The limit has passed for whoever connected before: this one is cut, and the idle one stays.
      hanging.send((byte) 0x25);
      hanging.readToEnd();
      assertThat(idle.readData(0, 1)).containsExactly(0);
    }
  }

  @Test
  void aReaderThatStopsReadingHoldsLittleAndIsCut() {
    try (var other = server.connect().exportName("demo");
        var stalled = server.connect().exportName("demo")) {
      var many = new ClientBytes();
      for (int i = 0; i < 128; i++) many.request(Command.READ, i, 0, SIZE_BYTES);
      stalled.send(many);

      assertThat(other.readData(0, 1)).containsExactly(0);
      assertThat(TestServer.detail(server.cut(), "why")).isEqualTo("reply");
      assertThat(other.readData(0, 1)).containsExactly(0);
      assertThat(stalled.readToEnd()).isLessThan(128 * SIZE_BYTES);
    }
    everythingIsGivenBack();
  }

  @Test
  void answersAboutBlocksCountAsHeldUntilTheyAreSent() {
    try (var client = server.connect().structured("demo");
        var hold = demo.faults().hold(Call.EXTENTS)) {
      var many = new ClientBytes();
      for (int i = 0; i < 100; i++) many.request(Command.BLOCK_STATUS, i, 0, SIZE_BYTES);
      client.send(many);
      hold.awaitHeld(1);
      await()
          .untilAsserted(() ->
              assertThat(server.host().metrics().gauged("nbd_budget_free_bytes"))
                  .isLessThan(127 << 20));
    }
    everythingIsGivenBack();
  }

  @Test
  void aVolumeThatDoesNotAnswerEndsInAnErrorReplyAndNeverInACut() {
    try (var client = server.connect().exportName("demo")) {
      try (var hold = demo.faults().hold(Call.FLUSH)) {
        assertThat(client.call(Command.FLUSH, 0, 0).error()).isEqualTo(ErrorNumber.EIO.code());
        hold.awaitHeld(1);
        assertThat(client.readData(0, 1)).containsExactly(0);
        server.host().events().await(NbdObserver.STORE_SILENT);
      }
      // What the volume says at last is not told a second time.
      assertThat(client.call(Command.FLUSH, 0, 0)).isEqualTo(new RawClient.Reply(0, 77));
    }
    assertThat(server.host().events().all(NbdObserver.CONNECTION_CUT)).isEmpty();
  }

  @Test
  void aWriteThatWaitsForAThawHasTheSameLimit() {
    var user = server.host().volumes().userOf("demo");
    TestServer.await(user.freeze(Duration.ofSeconds(10)));
    try (var client = server.connect().exportName("demo")) {
      assertThat(client.write(0, (byte) 1).error()).isEqualTo(ErrorNumber.EIO.code());
      TestServer.await(user.thaw());
      assertThat(client.write(0, (byte) 2).error()).isZero();
      assertThat(demo.content()[0]).isEqualTo((byte) 2);
    }
  }

  @Test
  void aWriteThatWaitsForAThawEndsWithItsConnection() {
    var user = server.host().volumes().userOf("demo");
    TestServer.await(user.freeze(Duration.ofSeconds(10)));
    try (var leaving = server.connect().exportName("demo")) {
      leaving.send(new ClientBytes().write(1, 0, new byte[] {1}));
      await()
          .untilAsserted(
              () -> assertThat(server.host().metrics().gauged("nbd_connections")).isEqualTo(1));
    }
    everythingIsGivenBack();
    TestServer.await(user.thaw());
    assertThat(demo.faults().begun(Call.WRITE)).isZero();
  }

  @Test
  void aVolumeThatIsAwayForAMomentIsTriedAgain() {
    demo.faults()
        .failNext(
            2,
            Call.FLUSH,
            () -> new GatewayError.Unavailable(Scope.RESOURCE, Duration.ofMillis(1), "away"));
    try (var client = server.connect().exportName("demo")) {
      assertThat(client.call(Command.FLUSH, 0, 0).error()).isZero();
      assertThat(demo.faults().begun(Call.FLUSH)).isEqualTo(3);
    }
  }
}
