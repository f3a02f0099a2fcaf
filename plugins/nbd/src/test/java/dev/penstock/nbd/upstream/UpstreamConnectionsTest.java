package dev.penstock.nbd.upstream;

import static dev.penstock.nbd.client.Samples.read;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.penstock.nbd.client.FakeServer;
import dev.penstock.nbd.client.FakeServer.Script;
import dev.penstock.nbd.wire.Wire;
import dev.penstock.spi.volume.Volume;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How many connections there are, and how a lost one comes back. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class UpstreamConnectionsTest {
  private static final int SIZE = 1 << 20;

  @Test
  void manyConnectionsAreUsedWhereTheServerSaysThatTheyAreAsGoodAsOne() {
    Script multi =
        session -> {
          session.flags(FakeServer.FLAGS | Wire.EXPORT_CAN_MULTI_CONN).greet();
          session.serve();
        };
    try (var server = FakeServer.of(SIZE, multi);
        var store = TestStore.of(server.uri(), Map.of("connections", "3"), Map.of())) {
      store.open();

      await().until(() -> store.gauged("upstream_connections") == 3);
      assertThat(server.connections()).isEqualTo(3);
    }
    try (var server = FakeServer.of(SIZE, FakeServer.serve());
        var store = TestStore.of(server.uri(), Map.of("connections", "3"), Map.of())) {
      read(store.open(), 0, 512);

      assertThat(server.connections()).isEqualTo(1);
      assertThat(store.gauged("upstream_connections")).isEqualTo(1);
    }
  }

  @Test
  void oneConnectionIsUsedOnceTheServerSaysNoMoreThatSeveralAreAsGood() {
    int multi = FakeServer.FLAGS | Wire.EXPORT_CAN_MULTI_CONN;
    Script closesSoon =
        session -> {
          session.flags(multi).greet();
          session.answer(session.next());
        };
    try (var server = FakeServer.of(SIZE, closesSoon, FakeServer.serve());
        var store = TestStore.of(server.uri(), Map.of("connections", "4"), Map.of())) {
      Volume volume = store.open();
      await().until(() -> store.counted("upstream_lost", "why", "ended") > 0);

      read(volume, 0, 512); // the first connection ends after it
      read(volume, 0, 512);

      await().until(() -> store.gauged("upstream_connections") == 1);
      assertThat(server.seen).hasSize(2);
    }
  }

  /** Its first connection is good; no second one comes up, until the first one is gone. */
  @Test
  void whoLosesItsLastConnectionDoesNotWaitForTheOneMoreThatItTriedToHave() {
    Script first =
        session -> {
          session.flags(FakeServer.FLAGS | Wire.EXPORT_CAN_MULTI_CONN).greet();
          session.serve();
        };
    List<Script> scripts = new ArrayList<>(List.of(first));
    scripts.addAll(Collections.nCopies(8, FakeServer.Session::close));
    scripts.add(FakeServer.serve());
    Map<String, String> limits = Map.of("backoff_max", "1h", "give_up", "1200ms");
    try (var server = FakeServer.of(SIZE, scripts.toArray(Script[]::new));
        var store = TestStore.of(server.uri(), Map.of("connections", "2"), limits)) {
      Volume volume = store.open();
      read(volume, 0, 512);
      await().until(() -> server.connections() == 9); // from 1280 ms on for the next one

      server.cut();

      assertThat(read(volume, 512, 512)).isEqualTo(Arrays.copyOfRange(server.disk, 512, 1024));
    }
  }
}
