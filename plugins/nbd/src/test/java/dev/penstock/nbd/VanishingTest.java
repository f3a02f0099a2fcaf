package dev.penstock.nbd;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.penstock.nbd.wire.ClientBytes;
import dev.penstock.nbd.wire.Command;
import dev.penstock.nbd.wire.Option;
import dev.penstock.spi.testing.Faults.Call;
import dev.penstock.spi.testing.MemoryVolume;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Isolated;

/** Whatever a client does and however it goes, everything that it had is given back. */
@Isolated("counts the buffers of the whole JVM")
@Timeout(120)
class VanishingTest {
  private static final int SIZE_BYTES = 1 << 20;
  private static final int CLIENTS = 2_000;

  private final MemoryVolume demo = MemoryVolume.named("demo", SIZE_BYTES);
  private final long buffersBefore = LiveBuffers.count();
  private final TestServer server = TestServer.of(demo, Map.of("total_bytes", "32MiB"));

  @AfterEach
  void stop() {
    server.close();
  }

  /** All that clients have been seen to do, each from the handshake on; then they are gone. */
  private static final List<Consumer<RawClient>> MISDEEDS =
      List.of(
          client -> {},
          client -> client.send("GET / HTTP/1.1\r\n\r\n".getBytes(UTF_8)),
          client -> client.send(new ClientBytes().fixedNoZeroes().raw(new byte[] {0x49, 0x48})),
          client -> client.send(new ClientBytes().fixedNoZeroes().option(Option.ABORT)),
          client -> client.send(new ClientBytes().fixedNoZeroes().go("nobody")),
          client -> client.send(new ClientBytes().fixedNoZeroes().go("demo")),
          client -> client.send(chosen(client).raw(new byte[28])),
          client -> client.send(chosen(client).raw(new byte[20])),
          client ->
              client.send(
                  chosen(client).request(Command.WRITE, 1, 0, SIZE_BYTES).raw(new byte[999])),
          client ->
              client.send(
                  chosen(client)
                      .request(Command.WRITE, 1, SIZE_BYTES - 1, SIZE_BYTES)
                      .raw(new byte[999])),
          client -> client.send(chosen(client).write(1, 0, new byte[100_000])),
          client -> client.send(many(chosen(client), Command.READ, 100, 4096)),
          client -> client.send(many(chosen(client), Command.READ, 70, 100_000)),
          client -> client.send(many(chosen(client), Command.FLUSH, 70, 0)),
          client ->
              client.send(
                  many(chosen(client), Command.READ, 10, 4096).request(Command.DISC, 2, 0, 0)),
          client -> {
            client.send(many(chosen(client), Command.READ, 20, 4096));
            client.endOutput();
          },
          client -> {
            client.structured("demo");
            client.send(many(new ClientBytes(), Command.BLOCK_STATUS, 50, SIZE_BYTES));
          });

  private static ClientBytes chosen(RawClient client) {
    client.exportName("demo");
    return new ClientBytes();
  }

  private static ClientBytes many(ClientBytes bytes, Command command, int count, int lengthBytes) {
    for (int i = 0; i < count; i++) bytes.request(command, i, 0, lengthBytes);
    return bytes;
  }

  @Test
  void thousandsThatMisbehaveAndVanishLeaveNothing() {
    long seed = new Random().nextLong();
    var random = new Random(seed);
    demo.faults().missReadNow(random.nextBoolean());
    for (int i = 0; i < CLIENTS; i++) {
      var misdeed = MISDEEDS.get(random.nextInt(MISDEEDS.size()));
      try (var client = server.connect()) {
        misdeed.accept(client);
        if (random.nextBoolean()) client.resetOnClose();
      }
    }
    everythingIsGivenBack("seed " + seed);
  }

  @Test
  void whoLeavesWithMoreThanSixtyFourReadsInFlightLeavesNothing() {
    demo.faults().missReadNow(true);
    try (var hold = demo.faults().hold(Call.READ)) {
      for (int i = 0; i < 8; i++) {
        try (var client = server.connect().exportName("demo")) {
          client.send(many(new ClientBytes(), Command.READ, 128, 4096));
          hold.awaitHeld(1);
        }
      }
    }
    everythingIsGivenBack("after the reads");
  }

  @Test
  void aHalfSentWriteHoldsNothingOnceItsClientIsGone() {
    try (var client = server.connect().exportName("demo")) {
      client.send(new ClientBytes().request(Command.WRITE, 1, 0, SIZE_BYTES).raw(new byte[1000]));
      await()
          .untilAsserted(() ->
              assertThat(server.host().metrics().gauged("nbd_budget_free_bytes"))
                  .isLessThan(32 << 20));
    }
    everythingIsGivenBack("after the write");
    assertThat(demo.faults().begun(Call.WRITE)).isZero();
  }

  @Test
  void aWriteOutOfRangeThatEndsInTheMiddleEndsItsConnection() {
    try (var client = server.connect().exportName("demo")) {
      client.send(new ClientBytes().request(Command.WRITE, 1, -1, SIZE_BYTES).raw(new byte[1000]));
      client.endOutput();
      client.readToEnd();
    }
    everythingIsGivenBack("after the write");
  }

  private void everythingIsGivenBack(String what) {
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> {
          var metrics = server.host().metrics();
          assertThat(metrics.gauged("nbd_connections")).as(what).isZero();
          assertThat(metrics.gauged("nbd_budget_free_bytes")).as(what).isEqualTo(32 << 20);
          assertThat(LiveBuffers.count()).as(what).isLessThanOrEqualTo(buffersBefore);
        });
    // Nobody is inside, and no lock is held: a freeze waits for both.
    TestServer.await(server.host().volumes().userOf("demo").freeze(Duration.ofSeconds(10)));
  }
}
