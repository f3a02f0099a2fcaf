package dev.penstock.nbd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.penstock.nbd.wire.ClientBytes;
import dev.penstock.nbd.wire.Command;
import dev.penstock.nbd.wire.ErrorNumber;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.admin.Reply;
import dev.penstock.spi.admin.Route.Method;
import dev.penstock.spi.bus.GatewayEvent;
import dev.penstock.spi.testing.Faults.Call;
import dev.penstock.spi.testing.MemoryVolume;
import dev.penstock.spi.testing.TestSettings;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ExportsTest {
  private final MemoryVolume demo = MemoryVolume.named("demo", 1 << 20);
  private final TestServer server = TestServer.of(demo);

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void exportsAreListedWithWhatTheyServe() {
    assertThat(exports())
        .extracting(json -> json.getString("name"))
        .containsExactly("demo", "frozen");
    JsonObject shown = json(call(Method.GET, "/v1/exports/demo"));
    assertThat(shown.getString("volume")).isEqualTo("demo");
    assertThat(shown.getLong("size_bytes")).isEqualTo(1 << 20);
    assertThat(shown.getString("state")).isEqualTo("open");
    assertThat(shown.getBoolean("default")).isTrue();
    assertThat(shown.getString("configured_at")).startsWith("/test/penstock.yaml:");
  }

  @Test
  void anExportMadeThroughTheApiIsServedAtOnceAndRememberedAcrossARestart() {
    server.host().volumes().add("other", 4096);
    Reply made = put("made", new JsonObject().put("volume", "other"));
    assertThat(made.status()).isEqualTo(201);
    assertThat(made.etag()).isPresent();
    try (var client = server.connect().exportName("made")) {
      assertThat(client.readData(4095, 1)).containsExactly(0);
    }

    server.restart();
    try (var client = server.connect().exportName("made")) {
      assertThat(client.readData(4095, 1)).containsExactly(0);
    }
  }

  @Test
  void anExportOfAVolumeThatIsNotThereIsRefusedAndNothingIsLeftOfIt() {
    assertThatThrownBy(() -> put("made", new JsonObject().put("volume", "nowhere")))
        .isInstanceOf(GatewayError.NotFound.class);
    assertThat(exports()).hasSize(2);
    assertThat(server.host().state().all()).isEmpty();
  }

  @Test
  void whatCannotBeAnExportIsInvalid() {
    for (var body :
        List.of(
            new JsonObject(),
            new JsonObject().put("volume", 5),
            new JsonObject().put("volume", "demo").put("readonly", true),
            new JsonObject().put("volume", "../demo"),
            new JsonObject().put("volume", "demo").put("name", "another"))) {
      assertThatThrownBy(() -> put("made", body))
          .as(body.encode())
          .isInstanceOf(GatewayError.Invalid.class);
    }
  }

  @Test
  void exportsOfTheConfigurationAreOnlyRemovedThere() {
    for (var method : List.of(Method.PUT, Method.DELETE)) {
      assertThatThrownBy(() ->
              TestServer.await(
                  server
                      .host()
                      .admin()
                      .call(method, "/v1/exports/demo", new JsonObject().put("volume", "demo"))))
          .isInstanceOf(GatewayError.Conflict.class)
          .hasMessageContaining("/test/penstock.yaml:");
    }
  }

  @Test
  void removingAnExportLetsNobodyInAndLetsThoseInsideFinish() {
    put("made", new JsonObject().put("volume", "demo").put("read_only", true));
    try (var client = server.connect().exportName("made")) {
      try (var hold = demo.faults().hold(Call.FLUSH)) {
        client.send(new ClientBytes().request(Command.FLUSH, 1, 0, 0));
        hold.awaitHeld(1);
        assertThat(call(Method.DELETE, "/v1/exports/made").status()).isEqualTo(204);
        assertThat(exports()).hasSize(2);
        server.host().events().await(NbdObserver.EXPORT_REMOVED);

        client.send(new ClientBytes().request(Command.READ, 2, 0, 1));
        assertThat(client.reply()).isEqualTo(new RawClient.Reply(ErrorNumber.ESHUTDOWN.code(), 2));
      }
      assertThat(client.reply()).isEqualTo(new RawClient.Reply(0, 1));
      assertThat(client.readToEnd()).isZero();
    }
    assertThat(server.host().state().all()).isEmpty();
  }

  @Test
  void anotherDescriptionDisturbsNobody() {
    put("made", new JsonObject().put("volume", "demo").put("read_only", true));
    try (var client = server.connect().exportName("made")) {
      Reply changed =
          put(
              "made",
              new JsonObject()
                  .put("volume", "demo")
                  .put("read_only", true)
                  .put("description", "d"));
      assertThat(changed.status()).isEqualTo(200);
      assertThat(json(changed).getInteger("connections")).isEqualTo(1);
      assertThat(client.readData(0, 1)).containsExactly(0);
    }
  }

  @Test
  void aVolumeIsOpenOnceForAllWhoWriteItAndGivenBackAfterTheLast() {
    server.host().volumes().add("other", 4096);
    put("one", new JsonObject().put("volume", "other"));
    put("two", new JsonObject().put("volume", "other"));
    assertThat(server.host().volumes().openNames()).filteredOn("other"::equals).hasSize(1);

    call(Method.DELETE, "/v1/exports/one");
    assertThat(server.host().volumes().openNames()).contains("other");
    call(Method.DELETE, "/v1/exports/two");
    await()
        .untilAsserted(
            () -> assertThat(server.host().volumes().openNames()).doesNotContain("other"));
  }

  @Test
  void anExportWhoseVolumeIsNotThereWaitsForIt() {
    reconfigure(Map.of("demo", Map.of("volume", "demo"), "late", Map.of("volume", "late")), "demo");
    JsonObject waiting = json(call(Method.GET, "/v1/exports/late"));
    assertThat(waiting.getString("state")).isEqualTo("waiting");
    assertThat(waiting.getString("reason")).contains("late");

    server.host().volumes().add("late", 8192);
    server
        .host()
        .events()
        .publish(
            new GatewayEvent.VolumeCreated(Instant.EPOCH, "late", UUID.randomUUID(), "s", 8192));
    await()
        .untilAsserted(() ->
            assertThat(json(call(Method.GET, "/v1/exports/late")).getString("state"))
                .isEqualTo("open"));
  }

  @Test
  void reconfiguringAddsAndRemovesExportsWithoutCuttingTheOthers() {
    server.host().volumes().add("other", 4096);
    try (var stays = server.connect().exportName("demo");
        var leaves = server.connect().exportName("frozen")) {
      boolean applied =
          reconfigure(
              Map.of("demo", Map.of("volume", "demo"), "fresh", Map.of("volume", "other")),
              "fresh");
      assertThat(applied).isTrue();
      assertThat(leaves.readToEnd()).isZero();
      assertThat(stays.readData(0, 1)).containsExactly(0);
    }
    try (var byDefault = server.connect().exportName("")) {
      assertThat(byDefault.readData(4095, 1)).containsExactly(0);
    }
  }

  @Test
  void otherListenersNeedARestart() {
    var settings = server.settings();
    settings.put("listen", List.of("tcp://127.0.0.1:0", "tcp://127.0.0.1:0"));
    boolean applied =
        TestServer.await(
            server
                .host()
                .onModule(() ->
                    server.module().reconfigure(TestSettings.block("modules.nbd", settings))));
    assertThat(applied).isFalse();
  }

  @Test
  void connectionsAreListedAndCanBeEnded() {
    try (var one = server.connect().exportName("demo");
        var other = server.connect().exportName("frozen")) {
      one.write(0, (byte) 1, (byte) 2);
      assertThat(one.readData(0, 1)).containsExactly(1);
      List<JsonObject> listed =
          items(
              TestServer.await(
                  server
                      .host()
                      .admin()
                      .call(
                          Method.GET,
                          "/v1/connections",
                          new JsonObject(),
                          Map.of("export", "demo"))));
      assertThat(listed).hasSize(1);
      JsonObject connection = listed.getFirst();
      assertThat(connection.getString("phase")).isEqualTo("serving");
      assertThat(connection.getLong("requests")).isEqualTo(2);
      assertThat(connection.getLong("written_bytes")).isEqualTo(2);
      assertThat(connection.getLong("read_bytes")).isEqualTo(1);

      String path = "/v1/connections/" + connection.getString("connection");
      assertThat(call(Method.DELETE, path).status()).isEqualTo(204);
      assertThat(one.readToEnd()).isZero();
      assertThat(other.readData(0, 1)).containsExactly(1);
      assertThatThrownBy(() -> call(Method.DELETE, path)).isInstanceOf(GatewayError.NotFound.class);
    }
  }

  @Test
  void aVolumeThatGrowsIsSeenByWhoConnectsAfterwards() {
    try (var before = server.connect().exportName("demo")) {
      demo.resize(2 << 20);
      assertThat(before.call(Command.READ, 1 << 20, 1).error())
          .isEqualTo(ErrorNumber.EINVAL.code());
      try (var after = server.connect().exportName("demo")) {
        assertThat(after.readData(1 << 20, 1)).containsExactly(0);
      }
    }
  }

  @Test
  void stoppingFinishesWhatIsUnderWayAndThenClosesTheVolumes() {
    var client = server.connect().exportName("demo");
    try (client) {
      try (var hold = demo.faults().hold(Call.WRITE)) {
        client.send(new ClientBytes().write(1, 0, new byte[] {3}));
        hold.awaitHeld(1);
        var stopped = server.host().stop();
        assertThat(stopped.isComplete()).isFalse();
      }
      assertThat(client.reply()).isEqualTo(new RawClient.Reply(0, 1));
      assertThat(client.readToEnd()).isZero();
    }
    await().untilAsserted(() -> assertThat(server.host().volumes().openNames()).isEmpty());
    assertThat(demo.content()[0]).isEqualTo((byte) 3);
  }

  private boolean reconfigure(Map<String, ?> exports, String defaultExport) {
    Map<String, Object> settings = server.settings();
    settings.put("exports", exports);
    settings.put("default_export", defaultExport);
    return TestServer.await(
        server
            .host()
            .onModule(
                () -> server.module().reconfigure(TestSettings.block("modules.nbd", settings))));
  }

  private Reply put(String name, JsonObject body) {
    return TestServer.await(server.host().admin().call(Method.PUT, "/v1/exports/" + name, body));
  }

  private Reply call(Method method, String path) {
    return TestServer.await(server.host().admin().call(method, path));
  }

  private List<JsonObject> exports() {
    return items(call(Method.GET, "/v1/exports"));
  }

  private static List<JsonObject> items(Reply reply) {
    List<JsonObject> all = new ArrayList<>();
    ((Reply.Body.Items) reply.body()).items().forEachRemaining(all::add);
    return all;
  }

  private static JsonObject json(Reply reply) {
    return ((Reply.Body.Json) reply.body()).value();
  }
}
