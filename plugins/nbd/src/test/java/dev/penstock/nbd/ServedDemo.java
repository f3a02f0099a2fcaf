package dev.penstock.nbd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.penstock.spi.testing.MemoryVolume;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;

/** A server of one volume, whose limits are soon reached. */
abstract class ServedDemo {
  static final int SIZE_BYTES = 1 << 20;

  final MemoryVolume demo = MemoryVolume.named("demo", SIZE_BYTES);
  final TestServer server =
      TestServer.of(
          demo,
          Map.of("handshake", "400ms", "request", "400ms", "reply", "400ms", "store", "400ms"));

  @AfterEach
  void stop() {
    server.close();
  }

  void everythingIsGivenBack() {
    await()
        .untilAsserted(() -> {
          var metrics = server.host().metrics();
          assertThat(metrics.gauged("nbd_connections")).isZero();
          assertThat(metrics.gauged("nbd_budget_free_bytes")).isEqualTo(128 << 20);
        });
  }
}
