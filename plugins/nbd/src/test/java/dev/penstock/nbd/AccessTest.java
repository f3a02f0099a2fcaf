package dev.penstock.nbd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.penstock.nbd.wire.ClientBytes;
import dev.penstock.nbd.wire.Command;
import dev.penstock.nbd.wire.ErrorNumber;
import dev.penstock.nbd.wire.Option;
import dev.penstock.nbd.wire.OptionError;
import dev.penstock.nbd.wire.Wire;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.admin.Reply;
import dev.penstock.spi.admin.Route.Method;
import dev.penstock.spi.testing.FakeAudit;
import dev.penstock.spi.testing.Faults.Call;
import dev.penstock.spi.testing.MemoryVolume;
import dev.penstock.spi.testing.TestSettings;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Who may have which export, and what becomes of him when that changes. */
@Timeout(60)
class AccessTest {
  private static final JsonArray NOT_US = new JsonArray().add("192.0.2.0/24");
  private static final JsonArray US = new JsonArray().add("127.0.0.0/8");

  private final MemoryVolume demo = MemoryVolume.named("demo", 1 << 20);
  private final TestServer server =
      TestServer.of(
          demo,
          Map.of(
              "listen",
              List.of("tcp://127.0.0.1:0"),
              "exports",
              Map.of(
                  "demo", Map.of("volume", "demo"),
                  "elsewhere", Map.of("volume", "demo", "allow", List.of("192.0.2.0/24", "local")),
                  "secret", Map.of("volume", "demo", "tls", "required"),
                  "nobody", Map.of("volume", "demo", "allow", List.of()),
                  "single", Map.of("volume", "demo", "connections_max", "1"))),
          "demo");

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void whatIsNotForAClientIsRefusedWithTheReasonAndItMayAskForAnother() {
    try (var client = server.connect()) {
      client.send(new ClientBytes().fixedNoZeroes().go("elsewhere").go("secret").go("nobody"));
      assertRefused(client, OptionError.POLICY, "export elsewhere is not for clients from here");
      assertRefused(client, OptionError.TLS_REQD, "TLS");
      assertRefused(client, OptionError.POLICY, "export nobody");
      client.send(new ClientBytes().go("demo"));
      assertThat(optionReply(client).type()).isEqualTo(Wire.REP_INFO);
    }
  }

  @Test
  void exportNameHasNoWayToSaySoAndCloses() {
    try (var client = server.connect()) {
      client.send(
          new ClientBytes()
              .fixedNoZeroes()
              .option(Option.EXPORT_NAME, "elsewhere".getBytes(StandardCharsets.UTF_8)));
      assertThat(client.readToEnd()).isZero();
    }
  }

  @Test
  void listShowsAClientOnlyWhatItCouldHave() {
    try (var client = server.connect()) {
      client.send(new ClientBytes().fixedNoZeroes().option(Option.LIST));
      List<String> names = new ArrayList<>();
      for (var reply = optionReply(client);
          reply.type() == Wire.REP_SERVER;
          reply = optionReply(client)) {
        byte[] name = new byte[reply.data().getInt()];
        reply.data().get(name);
        names.add(new String(name, StandardCharsets.UTF_8));
      }
      assertThat(names).containsExactly("demo", "single");
    }
  }

  @Test
  void clientsOfAUnixSocketAreLocal(@TempDir Path dir) {
    try (var local =
        TestServer.of(
            MemoryVolume.named("demo", 4096),
            Map.of(
                "listen",
                List.of("unix:" + dir.resolve("s")),
                "exports",
                Map.of(
                    "l", Map.of("volume", "demo", "allow", "local"),
                    "n", Map.of("volume", "demo", "allow", "0.0.0.0/0"))),
            "l")) {
      try (var client = local.connect()) {
        client.send(new ClientBytes().fixedNoZeroes().go("n"));
        assertRefused(client, OptionError.POLICY, "export n");
        choose(client, "l");
      }
    }
  }

  @Test
  void anotherAllowListEndsThoseItBarsOnceTheirRequestsAreFinished() {
    try (var client = server.connect().exportName("demo");
        var other = server.connect().exportName("single")) {
      try (var hold = demo.faults().hold(Call.FLUSH)) {
        client.send(new ClientBytes().request(Command.FLUSH, 1, 0, 0));
        hold.awaitHeld(1);
        JsonObject shown = patch("demo", new JsonObject().put("allow", NOT_US));
        assertThat(shown.getJsonArray("allow")).isEqualTo(NOT_US);
        assertThat(server.cut().details())
            .containsEntry("why", "policy")
            .containsEntry("export", "demo");
        client.send(new ClientBytes().request(Command.READ, 2, 0, 1));
        assertThat(client.reply()).isEqualTo(new RawClient.Reply(ErrorNumber.ESHUTDOWN.code(), 2));
      }
      assertThat(client.reply()).isEqualTo(new RawClient.Reply(0, 1));
      assertThat(client.readToEnd()).isZero();
      assertThat(other.readData(0, 1)).containsExactly(0);
    }
    assertThat(TestServer.detail(event(NbdObserver.EXPORT_CHANGED), "detail"))
        .contains("allow from [\"all\"] to [\"192.0.2.0/24\"]", "1 connections are ended");
    try (var refused = server.connect()) {
      refused.send(new ClientBytes().fixedNoZeroes().go("demo"));
      assertRefused(refused, OptionError.POLICY, "export demo");
    }
  }

  @Test
  void tlsThatIsRequiredFromNowOnEndsThoseInTheClear() {
    try (var client = server.connect().exportName("demo")) {
      patch("demo", new JsonObject().put("tls", "required"));
      assertThat(client.readToEnd()).isZero();
    }
  }

  @Test
  void otherSettingsDisturbNobody() {
    try (var client = server.connect().exportName("demo")) {
      patch(
          "demo",
          new JsonObject().put("allow", US).put("connections_max", 1).put("iops", 1_000_000));
      assertThat(client.readData(0, 1)).containsExactly(0);
      try (var second = server.connect()) {
        second.send(new ClientBytes().fixedNoZeroes().go("demo"));
        assertRefused(second, OptionError.POLICY, "1 connections");
      }
    }
  }

  @Test
  void aPlaceInAnExportIsFreeOnceItsClientIsGone() {
    for (int i = 0; i < 20; i++) {
      server.connect().exportName("single").close();
      await()
          .untilAsserted(() -> {
            JsonObject single = json(call(Method.GET, "/v1/exports/single", new JsonObject()));
            assertThat(single.getInteger("connections")).isZero();
          });
    }
  }

  @Test
  void severalConnectionsAreNotOfferedWhereOneIsAllTheyGet() {
    assertThat(flags("demo") & Wire.EXPORT_CAN_MULTI_CONN).isNotZero();
    assertThat(flags("single") & Wire.EXPORT_CAN_MULTI_CONN).isZero();
  }

  @Test
  void whatWasChangedLiveIsShownAndSurvivesARestartUntilItIsTakenBack() {
    JsonObject shown = patch("demo", new JsonObject().put("allow", NOT_US));
    assertThat(shown.getJsonObject("overridden"))
        .isEqualTo(new JsonObject().put("allow", new JsonArray().add("all")));

    server.restart();
    try (var refused = server.connect()) {
      refused.send(new ClientBytes().fixedNoZeroes().go("demo"));
      assertRefused(refused, OptionError.POLICY, "export demo");
    }
    JsonObject back = patch("demo", new JsonObject().putNull("allow"));
    assertThat(back.containsKey("overridden")).isFalse();
    server.connect().exportName("demo").close();
    assertThat(server.host().state().all()).isEmpty();
  }

  @Test
  void theConfigurationHasTheLastWordOnWhatItChangesAfterwards() {
    patch("demo", new JsonObject().put("allow", NOT_US).put("iops", 77));
    Map<String, Object> settings = server.settings();
    settings.put("exports", Map.of("demo", Map.of("volume", "demo", "allow", "127.0.0.1")));
    assertThat(
            TestServer.await(
                server
                    .host()
                    .onModule(() ->
                        server.module().reconfigure(TestSettings.block("modules.nbd", settings)))))
        .isTrue();

    JsonObject shown = json(call(Method.GET, "/v1/exports/demo", new JsonObject()));
    assertThat(shown.getJsonArray("allow")).isEqualTo(new JsonArray().add("127.0.0.1"));
    assertThat(shown.getInteger("iops")).isEqualTo(77);
    assertThat(shown.getJsonObject("overridden").fieldNames()).containsExactly("iops");
  }

  @Test
  void whatAnExportServesIsOnlyChangedInTheConfiguration() {
    assertThatThrownBy(() -> patch("demo", new JsonObject().put("read_only", true)))
        .isInstanceOf(GatewayError.Conflict.class)
        .hasMessageContaining("/test/penstock.yaml:")
        .hasMessageContaining("allow");
    assertThatThrownBy(() -> patch("demo", new JsonObject().put("allow", "10.0.0.1/8")))
        .isInstanceOf(GatewayError.Invalid.class)
        .hasMessageContaining("write 10.0.0.0/8");
  }

  @Test
  void anExportOfTheApiTakesEverySettingAndKeepsThem() {
    JsonObject wanted =
        new JsonObject()
            .put("volume", "demo")
            .put("allow", US)
            .put("connections_max", 5)
            .put("bandwidth", "10MiB")
            .put("block_size", new JsonObject().put("minimum", 512))
            .put("rotational", true);
    call(Method.PUT, "/v1/exports/made", wanted);
    assertThat(flags("made") & Wire.EXPORT_ROTATIONAL).isNotZero();
    JsonObject patched = patch("made", new JsonObject().putNull("bandwidth").put("iops", 9));
    server.restart();
    JsonObject shown = json(call(Method.GET, "/v1/exports/made", new JsonObject()));
    assertThat(shown.put("connections", 0)).isEqualTo(patched.put("connections", 0));
    assertThat(shown.getInteger("bandwidth")).isZero();
    assertThat(shown.getInteger("iops")).isEqualTo(9);
    assertThat(shown.getJsonObject("block_size").getInteger("minimum")).isEqualTo(512);
  }

  @Test
  void everyAdmissionAndRefusalIsNoted() {
    try (var client = server.connect()) {
      client.send(new ClientBytes().fixedNoZeroes().go("elsewhere").go("elsewhere").go("none"));
      for (int i = 0; i < 3; i++) optionReply(client);
      choose(client, "");
    }
    await().until(() -> server.host().audit().notes().size() == 3);
    assertThat(server.host().audit().notes())
        .extracting(FakeAudit.Note::action)
        .containsExactly("refused", "refused", "admitted");
    Map<String, String> refused = server.host().audit().notes().getFirst().details();
    assertThat(refused)
        .containsEntry("export", "elsewhere")
        .containsEntry("result", "denied")
        .containsEntry("listener", server.address())
        .containsKeys("connection", "why");
    assertThat(refused.get("peer")).startsWith("127.0.0.1:");
    assertThat(server.host().audit().notes().getLast().details()).containsEntry("export", "demo");
  }

  /** In the middle of a negotiation. */
  private static void choose(RawClient client, String export) {
    byte[] name = export.getBytes(StandardCharsets.UTF_8);
    client.send(new ClientBytes().option(Option.EXPORT_NAME, name)).read(8 + 2);
  }

  private record OptionReply(int type, ByteBuffer data) {}

  private static OptionReply optionReply(RawClient client) {
    client.read(12);
    int type = client.readInt();
    return new OptionReply(type, ByteBuffer.wrap(client.read(client.readInt())));
  }

  private static void assertRefused(RawClient client, OptionError error, String text) {
    OptionReply reply = optionReply(client);
    assertThat(reply.type()).isEqualTo(error.code());
    assertThat(new String(reply.data().array(), StandardCharsets.UTF_8)).contains(text);
  }

  private int flags(String export) {
    try (var client = server.connect()) {
      client.send(new ClientBytes().fixedNoZeroes().go(export));
      OptionReply info = optionReply(client);
      assertThat(info.type()).isEqualTo(Wire.REP_INFO);
      return info.data().getShort(2 + 8);
    }
  }

  private dev.penstock.spi.bus.GatewayEvent.ModuleEvent event(String type) {
    return server.host().events().await(type);
  }

  private JsonObject patch(String export, JsonObject patch) {
    return json(call(Method.PATCH, "/v1/exports/" + export, patch));
  }

  private Reply call(Method method, String path, JsonObject body) {
    return TestServer.await(server.host().admin().call(method, path, body));
  }

  private static JsonObject json(Reply reply) {
    return ((Reply.Body.Json) reply.body()).value();
  }
}
