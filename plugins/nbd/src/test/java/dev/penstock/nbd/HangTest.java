package dev.penstock.nbd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.penstock.nbd.wire.ClientBytes;
import dev.penstock.nbd.wire.Command;
import dev.penstock.spi.testing.MemoryVolume;
import java.net.URI;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Each way to hang costs whoever hangs its connection, and ten thousand who are idle beside it do
 * not notice: they are connected from the first test to the last, and each can read at any time.
 */
@Timeout(120)
class HangTest {
  private static final int IDLE = 10_000;
  private static final int SIZE_BYTES = 1 << 20;

  private static TestServer server;
  private static IdleCrowd crowd;

  @BeforeAll
  static void connectTheCrowd() {
    server =
        TestServer.of(
            MemoryVolume.named("demo", SIZE_BYTES),
            Map.of("handshake", "2s", "request", "2s", "reply", "2s", "connections", IDLE + 100));
    URI address = URI.create(server.address());
    crowd = IdleCrowd.of(IDLE, address.getHost(), address.getPort(), "demo");
  }

  @AfterAll
  static void stop() {
    if (crowd != null) crowd.close();
    if (server != null) server.close();
  }

  @Test
  void anUnfinishedHandshake() {
    try (var hanging = server.connect()) {
      hanging.send(new ClientBytes().fixedNoZeroes().raw(new byte[] {0x49, 0x48}));
      cutAndNobodyElse(hanging, "handshake");
    }
  }

  @Test
  void anUnfinishedRequest() {
    try (var hanging = server.connect().exportName("demo")) {
      hanging.send(new ClientBytes().request(Command.WRITE, 1, 0, SIZE_BYTES).raw(new byte[1000]));
      cutAndNobodyElse(hanging, "request");
    }
  }

  @Test
  void repliesThatNobodyReads() {
    try (var hanging = server.connect().exportName("demo")) {
      var many = new ClientBytes();
      for (int i = 0; i < 64; i++) many.request(Command.READ, i, 0, SIZE_BYTES);
      hanging.send(many);
      // Not a byte is read before the cut: to read is what it does not do.
      await()
          .untilAsserted(() -> assertThat(server.counted("nbd_connections_cut", "reply")).isOne());
      cutAndNobodyElse(hanging, "reply");
    }
  }

  private static void cutAndNobodyElse(RawClient hanging, String why) {
    hanging.readToEnd();
    await()
        .untilAsserted(() -> {
          assertThat(server.host().events().all(NbdObserver.CONNECTION_CUT))
              .filteredOn(cut -> TestServer.detail(cut, "why").equals(why))
              .hasSize(1);
          assertThat(server.counted("nbd_connections_cut", why)).isOne();
          assertThat(server.host().metrics().gauged("nbd_connections")).isEqualTo(IDLE);
        });
    assertThat(crowd.usable()).isEqualTo(IDLE);
    assertThat(server.host().events().all(NbdObserver.CONNECTION_CUT))
        .noneMatch(cut -> TestServer.detail(cut, "why").equals("shutdown"));
  }
}
