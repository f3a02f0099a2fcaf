package dev.penstock.nbd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.penstock.nbd.wire.ClientBytes;
import dev.penstock.nbd.wire.Command;
import dev.penstock.spi.testing.Faults.Call;
import dev.penstock.spi.testing.MemoryVolume;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Clients that stop to move hold the memory that all share: not for long, once others want it. */
@Timeout(60)
class ScarceMemoryTest {
  private static final int SIZE_BYTES = 1 << 20;

  /** Each leaves at least 4 MiB unsent, whatever the kernel takes: more than there is. */
  private static final int READERS = 16;

  private static final int TOTAL_BYTES = 32 << 20;

  private final MemoryVolume demo = MemoryVolume.named("demo", SIZE_BYTES);
  private final TestServer server =
      TestServer.of(
          demo,
          Map.of(
              "handshake", "400ms",
              "request", "10m",
              "reply", "24s",
              "total_bytes", "32MiB",
              "connection_bytes", "32MiB"));

  @BeforeEach
  void readWithWorkers() {
    demo.faults().missReadNow(true); // as a volume on a slow disk has them
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void readersThatStalledGiveWayToWhoWaitsForTheirMemory() {
    List<RawClient> stalled = new ArrayList<>();
    try {
      for (int i = 0; i < READERS; i++) stalled.add(stall());
      await()
          .untilAsserted(() ->
              assertThat(server.host().metrics().gauged("nbd_budget_free_bytes"))
                  .as("an export has half of it")
                  .isLessThan(TOTAL_BYTES / 2 + SIZE_BYTES));
      try (var other = server.connect().exportName("demo")) {
        assertThat(other.readData(0, SIZE_BYTES)).hasSize(SIZE_BYTES);
      }
      // Of the usual limit nothing can have been left over: the test would have ended before.
      assertThat(TestServer.detail(server.cut(), "detail"))
          .isEqualTo(
              "replies have not been read for 2000 ms, while others wait for the memory that it"
                  + " holds");
    } finally {
      stalled.forEach(RawClient::close);
    }
    await()
        .untilAsserted(() ->
            assertThat(server.host().metrics().gauged("nbd_budget_free_bytes"))
                .isEqualTo(TOTAL_BYTES));
  }

  @Test
  void anExportWhoseVolumeIsSilentLeavesMemoryToTheOthers() {
    server.host().volumes().add("other", MemoryVolume.named("other", SIZE_BYTES));
    server.addExport("other");
    List<RawClient> silent = new ArrayList<>();
    try (var hold = demo.faults().hold(Call.READ)) {
      for (int i = 0; i < READERS; i++) silent.add(stall());
      hold.awaitHeld(1);
      await()
          .untilAsserted(() ->
              assertThat(server.host().metrics().gauged("nbd_budget_free_bytes"))
                  .isLessThan(TOTAL_BYTES / 2 + SIZE_BYTES));
      try (var other = server.connect().exportName("other")) {
        assertThat(other.readData(0, SIZE_BYTES)).hasSize(SIZE_BYTES);
      }
    } finally {
      silent.forEach(RawClient::close);
    }
  }

  private RawClient stall() {
    var client = server.connect().exportName("demo");
    var many = new ClientBytes();
    for (int i = 0; i < 16; i++) many.request(Command.READ, i, 0, SIZE_BYTES);
    return client.send(many);
  }
}
