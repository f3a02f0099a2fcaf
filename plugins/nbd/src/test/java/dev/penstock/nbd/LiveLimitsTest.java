package dev.penstock.nbd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.penstock.nbd.wire.ClientBytes;
import dev.penstock.nbd.wire.Command;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.admin.Reply;
import dev.penstock.spi.admin.Route.Method;
import dev.penstock.spi.testing.MemoryVolume;
import dev.penstock.spi.testing.TestSettings;
import dev.penstock.spi.volume.VolumeUser;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Limits of the module and rates of its exports, changed while clients are connected. */
@Timeout(120)
class LiveLimitsTest {
  private final MemoryVolume demo = MemoryVolume.named("demo", 1 << 20);
  private final TestServer server = TestServer.of(demo, Map.of("connections", "8"));

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void fewerConnectionsHoldForWhoComesAndMoreAsWell() {
    try (var one = server.connect().exportName("demo")) {
      patch("/v1/limits", new JsonObject().put("connections", 1));
      assertThat(refused()).isTrue();
      assertThat(one.readData(0, 1)).containsExactly(0);
      patch("/v1/limits", new JsonObject().put("connections", 2));
      server.connect().exportName("demo").close();
    }
  }

  @Test
  void aShorterHandshakeEndsWhoIsInTheMiddleOfIt() {
    try (var client = server.connect()) {
      patch("/v1/limits", new JsonObject().put("handshake", "50ms"));
      assertThat(client.readToEnd()).isZero();
      assertThat(server.cut().details()).containsEntry("why", "handshake");
    }
  }

  @Test
  void aShorterRequestLimitHoldsForARequestUnderWay() {
    try (var client = server.connect().exportName("demo")) {
      client.send((byte) 0x25);
      patch("/v1/limits", new JsonObject().put("request", "50ms"));
      assertThat(client.readToEnd()).isZero();
      assertThat(server.cut().details()).containsEntry("why", "request");
    }
  }

  @Test
  void theCommonBudgetGrowsAndShrinks() {
    patch("/v1/limits", new JsonObject().put("total_bytes", "64MiB"));
    assertThat(server.host().metrics().gauged("nbd_budget_free_bytes")).isEqualTo(64 << 20);
    assertThatThrownBy(() ->
            patch(
                "/v1/limits",
                new JsonObject().put("total_bytes", "400MiB").put("connections", 9000)))
        .isInstanceOf(GatewayError.Invalid.class)
        .hasMessageContaining("448 MiB");
    assertThat(server.host().metrics().gauged("nbd_budget_free_bytes")).isEqualTo(64 << 20);
  }

  @Test
  void whatIsChangedLiveSurvivesARestartUntilItIsTakenBackOrTheFileChanges() {
    JsonObject shown =
        patch("/v1/limits", new JsonObject().put("connections", 3).put("requests", 7));
    assertThat(shown.getJsonObject("overridden"))
        .isEqualTo(new JsonObject().put("connections", 8).put("requests", 256));
    server.restart();
    assertThat(limits().getInteger("connections")).isEqualTo(3);

    patch("/v1/limits", new JsonObject().putNull("requests"));
    assertThat(limits().getInteger("requests")).isEqualTo(256);

    Map<String, Object> settings = server.settings();
    settings.put("limits", Map.of("connections", "5"));
    assertThat(
            TestServer.await(
                server
                    .host()
                    .onModule(() ->
                        server.module().reconfigure(TestSettings.block("modules.nbd", settings)))))
        .isTrue();
    assertThat(limits().getInteger("connections")).isEqualTo(5);
    assertThat(limits().containsKey("overridden")).isFalse();
    assertThat(server.host().state().all()).isEmpty();
  }

  @Test
  void aThrottledClientWaitsIsServedAndIsNotTakenForAHangingOne() {
    patch("/v1/limits", new JsonObject().put("request", "50ms").put("reply", "50ms"));
    patch("/v1/exports/demo", new JsonObject().put("iops", 5));
    try (var client = server.connect().exportName("demo")) {
      var many = new ClientBytes();
      for (int i = 0; i < 4; i++) many.request(Command.READ, i, 0, 4096);
      client.send(many);
      for (int i = 0; i < 4; i++) {
        assertThat(client.reply().error()).isZero();
        client.read(4096);
      }
    }
    assertThat(server.host().metrics().timed("nbd_throttled_time")).isPositive();
  }

  @Test
  void aRateThatIsTakenAwayLetsThoseGoWhoWait() {
    patch("/v1/exports/demo", new JsonObject().put("bandwidth", 64 << 10));
    try (var client = server.connect().exportName("demo")) {
      client.send(new ClientBytes().request(Command.READ, 1, 0, 1 << 20)); // 15 s of the rate
      client.send(new ClientBytes().request(Command.READ, 2, 0, 1 << 20));
      patch("/v1/exports/demo", new JsonObject().put("bandwidth", 0));
      for (int i = 0; i < 2; i++) {
        assertThat(client.reply().error()).isZero();
        client.read(1 << 20);
      }
    }
  }

  @Test
  void whoCopiesTheVolumeSlowsItsWritersDownAndNotItsReaders() {
    VolumeUser user = server.host().volumes().userOf("demo");
    TestServer.await(user.pace(64 << 10));
    try (var writer = server.connect().exportName("demo");
        var reader = server.connect().exportName("demo")) {
      writer.send(new ClientBytes().write(1, 0, new byte[1 << 20])); // 15 s of the rate
      assertThat(reader.readData(0, 1 << 20)).containsOnly(0);
      assertThat(server.host().metrics().timed("nbd_throttled_time")).isZero();

      TestServer.await(user.pace(0));

      assertThat(writer.reply().error()).isZero();
    }
    assertThat(server.host().metrics().timed("nbd_throttled_time")).isPositive();
  }

  @Test
  void aThrottledClientThatIsBarredLeavesAtOnce() {
    patch("/v1/exports/demo", new JsonObject().put("bandwidth", 64 << 10));
    try (var client = server.connect().exportName("demo")) {
      client.send(new ClientBytes().request(Command.READ, 1, 0, 1 << 20));
      client.send(new ClientBytes().request(Command.READ, 2, 0, 1 << 20));
      patch("/v1/exports/demo", new JsonObject().put("allow", "local"));
      client.readToEnd();
    }
    await().untilAsserted(() -> assertThat(connections()).isZero());
  }

  @Test
  void placesAreGivenBackHoweverAConnectionEnds() {
    var random = new Random(20261126);
    List<RawClient> open = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      if (open.size() == 8 || (!open.isEmpty() && random.nextInt(3) == 0)) {
        end(open.remove(random.nextInt(open.size())), random);
        continue;
      }
      int places = open.size();
      // An end takes a moment to be noticed; a hundred long waits for it would be a long test.
      await().pollInterval(Duration.ofMillis(5)).until(() -> connections() <= places);
      open.add(begin(server.connect(), random));
    }
    for (RawClient client : open) end(client, random);
    await().untilAsserted(() -> assertThat(connections()).isZero());
    await()
        .untilAsserted(() ->
            assertThat(server.host().metrics().gauged("nbd_budget_free_bytes"))
                .isEqualTo(128 << 20));
    open.clear();
    for (int i = 0; i < 8; i++) open.add(server.connect().exportName("demo"));
    open.forEach(RawClient::close);
  }

  /** Nothing, half of a handshake, an export, a request, or half of one. */
  private static RawClient begin(RawClient client, Random random) {
    switch (random.nextInt(5)) {
      case 0 -> {}
      case 1 -> client.send(new ClientBytes().fixedNoZeroes().go("nobody has it"));
      case 2 -> client.exportName("demo");
      case 3 -> client.exportName("demo").send(new ClientBytes().request(Command.READ, 1, 0, 512));
      default -> client.exportName("frozen").send((byte) 0x25, (byte) 0x60);
    }
    return client;
  }

  private void end(RawClient client, Random random) {
    switch (random.nextInt(3)) {
      case 0 -> client.close();
      case 1 -> {
        try (client) {
          client.send(new byte[40]); // no protocol of ours, or the middle of a request
        } catch (java.io.UncheckedIOException _) {
          // It was closed meanwhile.
        }
      }
      default -> {
        for (JsonObject one : listed()) {
          var _ =
              server
                  .host()
                  .admin()
                  .call(Method.DELETE, "/v1/connections/" + one.getString("connection"));
          break;
        }
        client.close();
      }
    }
  }

  private double connections() {
    return server.host().metrics().gauged("nbd_connections");
  }

  private List<JsonObject> listed() {
    Reply reply = TestServer.await(server.host().admin().call(Method.GET, "/v1/connections"));
    List<JsonObject> all = new ArrayList<>();
    ((Reply.Body.Items) reply.body()).items().forEachRemaining(all::add);
    return all;
  }

  private boolean refused() {
    try {
      server.connect().close();
      return false;
    } catch (AssertionError | java.io.UncheckedIOException closed) {
      return true;
    }
  }

  private JsonObject limits() {
    return json(TestServer.await(server.host().admin().call(Method.GET, "/v1/limits")));
  }

  private JsonObject patch(String path, JsonObject patch) {
    return json(TestServer.await(server.host().admin().call(Method.PATCH, path, patch)));
  }

  private static JsonObject json(Reply reply) {
    return ((Reply.Body.Json) reply.body()).value();
  }
}
