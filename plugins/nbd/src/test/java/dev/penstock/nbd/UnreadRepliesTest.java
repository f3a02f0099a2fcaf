package dev.penstock.nbd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.penstock.nbd.config.Limits;
import dev.penstock.nbd.wire.ClientBytes;
import dev.penstock.nbd.wire.Command;
import dev.penstock.spi.testing.MemoryVolume;
import io.netty.buffer.PooledByteBufAllocator;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Answers without data are small, and a client that asks for thousands of them reads none. */
@Timeout(60)
class UnreadRepliesTest {
  private static final int SIZE_BYTES = 1 << 20;

  /** Far more than the kernel keeps for a client that does not read. */
  private static final int REQUESTS = 1_000_000;

  private static final int TOTAL_BYTES = 32 << 20;

  private final TestServer server =
      TestServer.of(
          MemoryVolume.named("demo", SIZE_BYTES), Map.of("reply", "2s", "total_bytes", "32MiB"));

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void aFloodOfBlockStatusRequestsTakesLittleMemoryAndItsClientIsCut() {
    try (var other = server.connect().exportName("demo");
        var flood = server.connect().extended("demo")) {
      long before = PooledByteBufAllocator.DEFAULT.metric().usedDirectMemory();
      var sender = Thread.ofVirtual().start(() -> flood.sendWhilePossible(statusRequests()));

      assertThat(TestServer.detail(server.cut(), "why")).isEqualTo("reply");
      assertThat(PooledByteBufAllocator.DEFAULT.metric().usedDirectMemory() - before)
          .as("in arenas of 4 MiB, with what the others need")
          .isLessThan(Limits.DEFAULTS.connectionBytes() / 2);
      assertThat(other.readData(0, SIZE_BYTES)).hasSize(SIZE_BYTES);
      await().until(() -> !sender.isAlive());
    }
    await()
        .untilAsserted(() ->
            assertThat(server.host().metrics().gauged("nbd_budget_free_bytes"))
                .isEqualTo(TOTAL_BYTES));
  }

  private static ClientBytes statusRequests() {
    var many = new ClientBytes();
    for (int i = 0; i < REQUESTS; i++) many.extended(Command.BLOCK_STATUS, i, 0, SIZE_BYTES);
    return many;
  }
}
