package dev.penstock.nbd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.nbd.config.Limits;
import dev.penstock.nbd.wire.ClientBytes;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.admin.Reply;
import dev.penstock.spi.admin.Route.Method;
import dev.penstock.spi.testing.FakeState;
import dev.penstock.spi.testing.MemoryVolume;
import dev.penstock.spi.testing.TestSettings;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the module's state keeps, and what becomes of it when it no longer fits. */
@Timeout(60)
class KeptChangesTest {
  private static final JsonArray NOT_US = new JsonArray().add("192.0.2.0/24");

  private final TestServer server =
      TestServer.of(
          MemoryVolume.named("demo", 1 << 20),
          Map.of(
              "listen",
              List.of("tcp://127.0.0.1:0"),
              "exports",
              Map.of(
                  "demo", Map.of("volume", "demo", "allow", List.of("127.0.0.0/8"), "iops", "10"))),
          "demo");
  private final FakeState state = server.host().state();

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void anExportThatCannotBeReplacedGoesOnAsItWas() {
    server.host().volumes().add("other", 4096);
    put("made", new JsonObject().put("volume", "other"));
    Map<String, String> before = state.all();
    try (var client = server.connect().exportName("made")) {
      for (Method method : List.of(Method.PUT, Method.PATCH)) {
        assertThatThrownBy(() -> call(method, "made", new JsonObject().put("volume", "nowhere")))
            .isInstanceOf(GatewayError.NotFound.class);
      }
      assertThat(client.readData(0, 1)).containsExactly(0);
      try (var another = server.connect().exportName("made")) {
        assertThat(another.readData(4095, 1)).containsExactly(0);
      }
    }
    assertThat(state.all()).isEqualTo(before);
    assertThat(server.host().events().all(NbdObserver.EXPORT_REMOVED)).isEmpty();
  }

  @Test
  void anExportThatIsReplacedIsGivenUpOnceTheNewOneIsThere() {
    server.host().volumes().add("other", 4096);
    server.host().volumes().add("third", 8192);
    put("made", new JsonObject().put("volume", "other"));
    try (var client = server.connect().exportName("made")) {
      JsonObject shown = put("made", new JsonObject().put("volume", "third"));
      assertThat(shown.getInteger("size_bytes")).isEqualTo(8192);
      client.readToFin();
      try (var another = server.connect().exportName("made")) {
        assertThat(another.readData(8191, 1)).containsExactly(0);
      }
    }
    server.restart();
    assertThat(show("made").getString("volume")).isEqualTo("third");
    call(Method.DELETE, "made", new JsonObject());
    assertThat(server.host().volumes().openNames()).doesNotContain("other", "third");
  }

  @Test
  void anExportThatIsReplacedWhileItIsDrainedStaysDrained() {
    server.host().volumes().add("other", 4096);
    put("made", new JsonObject().put("volume", "demo").put("read_only", true));
    call(Method.POST, "made/drain", new JsonObject());
    assertThat(put("made", new JsonObject().put("volume", "other")).getString("state"))
        .isEqualTo("drained");
  }

  @Test
  void thatAnExportWasDrainedIsForgottenWithTheExport() {
    state.put("drained.gone", "");
    state.put("drained.demo", "");
    server.restart();
    assertThat(state.all().keySet()).containsExactly("drained.demo");
    assertThat(show("demo").getString("state")).isEqualTo("drained");
    assertThat(put("gone", new JsonObject().put("volume", "demo")).getString("state"))
        .isEqualTo("open");

    reconfigure(Map.of("other", Map.of("volume", "demo")));
    assertThat(state.all().keySet()).containsExactly("export.gone");
    reconfigure(Map.of("demo", Map.of("volume", "demo")));
    assertThat(show("demo").getString("state")).isEqualTo("open");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatWasOpenedWiderForOneVolumeIsNotOpenForAnother(boolean readOnly) {
    server.host().volumes().add("other", 4096);
    patch(new JsonObject().put("allow", "all").put("iops", 99).put("connections_max", 3));
    Map<String, String> changed =
        readOnly ? Map.of("volume", "demo", "read_only", "true") : Map.of("volume", "other");
    Map<String, Object> written = new java.util.HashMap<>(changed);
    written.put("allow", List.of("127.0.0.0/8"));
    written.put("iops", "10");
    reconfigure(Map.of("demo", written));

    JsonObject shown = show("demo");
    assertThat(shown.getJsonArray("allow")).isEqualTo(new JsonArray().add("127.0.0.0/8"));
    assertThat(shown.getInteger("iops")).isEqualTo(10);
    assertThat(shown.getInteger("connections_max")).isEqualTo(3);
    assertThat(shown.getJsonObject("overridden").fieldNames()).containsExactly("connections_max");
  }

  @Test
  void aReloadThatLeavesWhatWasOverriddenAloneDoesNotWaitForTheState() {
    patch(new JsonObject().put("allow", NOT_US));
    server.restart();
    try (var _ = state.hold()) {
      reconfigure(
          Map.of(
              "demo",
              Map.of(
                  "volume",
                  "demo",
                  "allow",
                  List.of("127.0.0.0/8"),
                  "iops",
                  "10",
                  "description",
                  "another")));
    }
    assertThat(show("demo").getString("description")).isEqualTo("another");
    assertThat(show("demo").getJsonArray("allow")).isEqualTo(NOT_US);
  }

  @Test
  void whomAChangeKeepsOutOfOneVolumeItKeepsOutOfTheNextAsWell() {
    server.host().volumes().add("other", 4096);
    patch(new JsonObject().put("allow", new JsonArray()));
    reconfigure(
        Map.of("demo", Map.of("volume", "other", "allow", List.of("127.0.0.0/8"), "iops", "10")));
    assertThat(show("demo").getJsonArray("allow")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "not JSON",
        "[]",
        "{\"allow\":{\"configured\":[\"all\"],\"wanted\":[\"192.0.2.0/24\"]}}",
        "{\"base\":{},\"wanted\":{\"allow\":[\"192.0.2.0/24\"]}}",
        "{\"base\":{\"allow\":[\"127.0.0.0/8\"]},\"wanted\":{\"allow\":[\"by a newer gateway\"]}}"
      })
  void whatWasChangedLiveAndCannotBeReadAnyMoreLetsNobodyInUntilSomebodySaysWho(String kept) {
    state.put("override.demo", kept);
    server.restart();
    assertThat(TestServer.detail(server.host().events().await(NbdObserver.EXPORT_BARRED), "detail"))
        .contains("export set --allow", "export reset");
    assertThat(isRefused()).isTrue();
    assertThat(show("demo").getJsonArray("allow")).isEmpty();
    assertThat(show("demo").getJsonObject("overridden").fieldNames()).containsExactly("allow");
    server.restart();
    assertThat(isRefused()).isTrue();
    assertThat(server.host().events().all(NbdObserver.EXPORT_BARRED)).hasSize(1);

    patch(new JsonObject().putNull("allow"));
    assertThat(isRefused()).isFalse();
    assertThat(state.all()).isEmpty();
  }

  @Test
  void limitsThatCannotBeReadAnyMoreAreThoseOfTheConfigurationAndAreToldOf() {
    state.put("limits", "not JSON");
    server.restart();
    assertThat(
            TestServer.detail(server.host().events().await(NbdObserver.LIMITS_CHANGED), "detail"))
        .contains("cannot be read");
    JsonObject shown =
        ((Reply.Body.Json)
                TestServer.await(server.host().admin().call(Method.GET, "/v1/limits")).body())
            .value();
    assertThat(shown).isEqualTo(Limits.DEFAULTS.toJson());
    assertThat(state.all()).isEmpty();
  }

  @Test
  void whatIsKeptIsReadAgain() {
    JsonObject before = patch(new JsonObject().put("allow", NOT_US).put("bandwidth", "10MiB"));
    server.restart();
    assertThat(show("demo").put("connections", 0)).isEqualTo(before.put("connections", 0));
  }

  private boolean isRefused() {
    try (var client = server.connect()) {
      client.send(new ClientBytes().fixedNoZeroes().go("demo"));
      return client.optionReply() < 0;
    }
  }

  private void reconfigure(Map<String, ?> exports) {
    Map<String, Object> settings = server.settings();
    settings.put("exports", exports);
    boolean taken =
        TestServer.await(
            server
                .host()
                .onModule(() ->
                    server.module().reconfigure(TestSettings.block("modules.nbd", settings))));
    assertThat(taken).isTrue();
  }

  private JsonObject put(String export, JsonObject body) {
    return json(call(Method.PUT, export, body));
  }

  private JsonObject patch(JsonObject body) {
    return json(call(Method.PATCH, "demo", body));
  }

  private JsonObject show(String export) {
    return json(call(Method.GET, export, new JsonObject()));
  }

  private Reply call(Method method, String path, JsonObject body) {
    return TestServer.await(server.host().admin().call(method, "/v1/exports/" + path, body));
  }

  private static JsonObject json(Reply reply) {
    return ((Reply.Body.Json) reply.body()).value();
  }
}
