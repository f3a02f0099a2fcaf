package dev.penstock.nbd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.admin.Reply;
import dev.penstock.spi.admin.Route.Method;
import dev.penstock.spi.bus.GatewayEvent;
import dev.penstock.spi.testing.FakeState;
import dev.penstock.spi.testing.MemoryVolume;
import dev.penstock.spi.testing.TestSettings;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What happens when something is changed while the change before it waits for the disk: each has
 * its turn, in the order in which they came.
 */
@Timeout(60)
class ChangesInTurnTest {
  private static final JsonArray NOT_US = new JsonArray().add("192.0.2.0/24");
  private static final JsonObject SLOWER = new JsonObject().put("iops", 77);

  private final TestServer server = TestServer.of(MemoryVolume.named("demo", 1 << 20));
  private final FakeState state = server.host().state();

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void aConfigurationThatComesWhileAChangeIsKeptHasTheLastWordOnWhatItChanges() {
    Future<Reply> patched;
    Future<Boolean> reloaded;
    try (var disk = state.hold()) {
      patched = call(Method.PATCH, "exports/demo", new JsonObject().put("allow", NOT_US));
      disk.awaitHeld(1);
      reloaded =
          reconfigure(Map.of("demo", Map.of("volume", "demo", "allow", "127.0.0.1")), Map.of());
    }
    assertThat(json(patched).getJsonArray("allow")).isEqualTo(NOT_US);
    assertThat(TestServer.await(reloaded)).isTrue();
    JsonObject shown = json(call(Method.GET, "exports/demo"));
    assertThat(shown.getJsonArray("allow")).isEqualTo(new JsonArray().add("127.0.0.1"));
    assertThat(shown.containsKey("overridden")).isFalse();
    assertThat(state.all()).isEmpty();
  }

  @Test
  void limitsOfTheConfigurationThatComeWhileAChangeIsKeptHaveTheLastWord() {
    Future<Reply> patched;
    Future<Boolean> reloaded;
    try (var disk = state.hold()) {
      patched = call(Method.PATCH, "limits", new JsonObject().put("connections", 3));
      disk.awaitHeld(1);
      reloaded = reconfigure(Map.of("demo", Map.of("volume", "demo")), Map.of("connections", "5"));
    }
    assertThat(json(patched).getInteger("connections")).isEqualTo(3);
    assertThat(TestServer.await(reloaded)).isTrue();
    JsonObject shown = json(call(Method.GET, "limits"));
    assertThat(shown.getInteger("connections")).isEqualTo(5);
    assertThat(shown.containsKey("overridden")).isFalse();
    assertThat(state.all()).isEmpty();
  }

  @Test
  void anExportThatIsMadeChangedReplacedAndRemovedAtOnceHasEachOfItsLivesInTurn() {
    server.host().volumes().add("other", 4096);
    server.host().volumes().add("third", 8192);
    Future<Reply> made;
    Future<Reply> patched;
    Future<Reply> replaced;
    Future<Reply> removed;
    try (var disk = state.hold()) {
      made = call(Method.PUT, "exports/made", new JsonObject().put("volume", "other"));
      disk.awaitHeld(1);
      patched = call(Method.PATCH, "exports/demo", SLOWER);
      replaced = call(Method.PUT, "exports/made", new JsonObject().put("volume", "third"));
      removed = call(Method.DELETE, "exports/made");
    }
    assertThat(TestServer.await(made).status()).isEqualTo(201);
    assertThat(json(patched).getInteger("iops")).isEqualTo(77);
    assertThat(TestServer.await(replaced).status()).isEqualTo(200);
    assertThat(TestServer.await(removed).status()).isEqualTo(204);
    assertThat(state.all().keySet()).containsExactly("override.demo");
    assertThat(server.host().volumes().openNames()).doesNotContain("other", "third");
  }

  @Test
  void anExportThatWasRemovedMeanwhileIsNotDrainedNorResumed() {
    server.addExport(server.host().volumes().add("made", 4096).info().name());
    Future<Reply> removed;
    Future<Reply> drained;
    Future<Reply> resumed;
    try (var disk = state.hold()) {
      removed = call(Method.DELETE, "exports/made");
      disk.awaitHeld(1);
      drained = call(Method.POST, "exports/made/drain");
      resumed = call(Method.POST, "exports/made/resume");
    }
    assertThat(TestServer.await(removed).status()).isEqualTo(204);
    assertThatThrownBy(() -> TestServer.await(drained)).isInstanceOf(GatewayError.NotFound.class);
    assertThatThrownBy(() -> TestServer.await(resumed)).isInstanceOf(GatewayError.NotFound.class);
    assertThat(state.all()).isEmpty();
  }

  @Test
  void anExportThatIsResumedWhileItsDrainIsKeptIsOpenInTheEnd() {
    Future<Reply> drained;
    Future<Reply> resumed;
    try (var disk = state.hold()) {
      drained = call(Method.POST, "exports/demo/drain");
      disk.awaitHeld(1);
      resumed = call(Method.POST, "exports/demo/resume");
    }
    assertThat(TestServer.await(drained).status()).isEqualTo(202);
    assertThat(TestServer.await(resumed).status()).isEqualTo(204);
    assertThat(json(call(Method.GET, "exports/demo")).getString("state")).isEqualTo("open");
    assertThat(state.all()).isEmpty();
  }

  @Test
  void ofTwoWhoChangeWhatTheyBothReadOneWinsAndTheOtherIsTold() {
    server.host().volumes().add("other", 4096);
    for (String path : new String[] {"exports/demo", "exports/made", "limits"}) {
      if (path.equals("exports/made"))
        json(call(Method.PUT, path, new JsonObject().put("volume", "other")));
      String key = path.equals("limits") ? "requests" : "iops";
      String etag = TestServer.await(call(Method.GET, path)).etag().orElseThrow();
      Future<Reply> first;
      Future<Reply> second;
      try (var disk = state.hold()) {
        first = ifMatch(etag, Method.PATCH, path, new JsonObject().put(key, 5));
        disk.awaitHeld(1);
        second = ifMatch(etag, Method.PATCH, path, new JsonObject().put(key, 6));
      }
      assertThat(json(first).getInteger(key)).as(path).isEqualTo(5);
      assertThatThrownBy(() -> TestServer.await(second)).as(path).hasMessageContaining("412");
      assertThat(json(call(Method.GET, path)).getInteger(key)).as(path).isEqualTo(5);
    }
  }

  @Test
  void whoReplacesOrRemovesWhatWasChangedSinceItWasReadIsTold() {
    server.host().volumes().add("other", 4096);
    var other = new JsonObject().put("volume", "other");
    Reply made = TestServer.await(call(Method.PUT, "exports/made", other));
    String etag = made.etag().orElseThrow();
    Future<Reply> replaced;
    Future<Reply> removed;
    Future<Reply> made2;
    try (var disk = state.hold()) {
      json(call(Method.GET, "exports/made"));
      var patched = call(Method.PATCH, "exports/made", SLOWER);
      disk.awaitHeld(1);
      replaced = ifMatch(etag, Method.PUT, "exports/made", new JsonObject().put("volume", "demo"));
      removed = ifMatch(etag, Method.DELETE, "exports/made", new JsonObject());
      made2 = ifMatch(etag, Method.PUT, "exports/gone", other);
      assertThat(patched.isComplete()).isFalse();
    }
    for (Future<Reply> late : List.of(replaced, removed, made2)) {
      assertThatThrownBy(() -> TestServer.await(late)).hasMessageContaining("412");
    }
    JsonObject shown = json(call(Method.GET, "exports/made"));
    assertThat(shown.getString("volume")).isEqualTo("other");
    assertThat(shown.getInteger("iops")).isEqualTo(77);
    assertThat(server.host().volumes().openNames()).filteredOn("demo"::equals).hasSize(2);
  }

  @Test
  void aVolumeThatIsSlowToOpenKeepsNobodyFromChangingSomethingElse() {
    server.host().volumes().add("other", 4096);
    server.host().volumes().slow("other");
    Future<Reply> made = call(Method.PUT, "exports/made", new JsonObject().put("volume", "other"));
    assertThat(json(call(Method.PATCH, "exports/demo", SLOWER)).getInteger("iops")).isEqualTo(77);
    json(call(Method.PATCH, "limits", new JsonObject().put("requests", 7)));
    assertThat(TestServer.await(call(Method.POST, "exports/demo/drain")).status()).isEqualTo(202);
    var late = Map.of("demo", Map.of("volume", "demo"), "late", Map.of("volume", "other"));
    Future<Boolean> reloaded = reconfigure(late, Map.of());
    assertThat(TestServer.await(call(Method.POST, "exports/demo/resume")).status()).isEqualTo(204);
    assertThat(json(call(Method.GET, "exports/late")).getString("state")).isEqualTo("waiting");
    assertThat(made.isComplete()).isFalse();

    server.host().volumes().openSlow("other");
    assertThat(TestServer.await(made).status()).isEqualTo(201);
    assertThat(TestServer.await(reloaded)).isTrue();
    assertThat(json(call(Method.GET, "exports/late")).getString("state")).isEqualTo("open");
  }

  @Test
  void whoWantsAnotherVolumeOfWhatIsNoLongerServedAlikeIsToldAndNothingStaysOpen() {
    server.host().volumes().add("third", 8192);
    json(call(Method.PUT, "exports/made", new JsonObject().put("volume", "demo")));
    server.host().volumes().slow("third");
    Future<Reply> slow =
        call(Method.PATCH, "exports/made", new JsonObject().put("volume", "third"));
    json(call(Method.PATCH, "exports/made", new JsonObject().put("read_only", true)));
    server.host().volumes().openSlow("third");

    assertThatThrownBy(() -> TestServer.await(slow))
        .isInstanceOf(GatewayError.Conflict.class)
        .hasMessageContaining("at the same time");
    assertThat(json(call(Method.GET, "exports/made")).getString("volume")).isEqualTo("demo");
    assertThat(server.host().volumes().openNames()).doesNotContain("third");
  }

  @Test
  void nothingIsServedByADecisionThatAPowerCutWouldUndo() {
    json(call(Method.PATCH, "exports/demo", SLOWER));
    Map<String, String> kept = state.all();
    TestServer.await(server.host().stop());
    state.put(
        "override.demo",
        kept.getOrDefault("override.demo", "").replace("\"iops\":0", "\"iops\":9"));
    Future<Void> started;
    try (var disk = state.hold()) {
      started = server.host().start(new NbdModule());
      disk.awaitHeld(1);
      TestServer.await(server.host().onModule(Future::succeededFuture)); // what goes on has gone on
      assertThat(server.host().volumes().openNames()).isEmpty();
      assertThat(started.isComplete()).isFalse();
    }
    TestServer.await(started);
    assertThat(state.all()).isEmpty();
    assertThat(json(call(Method.GET, "exports/demo")).getInteger("iops")).isZero();
  }

  @Test
  void whatIsAskedForWhileTheModuleStartsComesAfterIt() {
    server.host().volumes().add("other", 4096);
    TestServer.await(server.host().stop());
    state.put("limits", "not JSON: has to go");
    Future<Void> started;
    Future<Reply> made;
    try (var disk = state.hold()) {
      started = server.host().start(new NbdModule());
      disk.awaitHeld(1);
      made = call(Method.PUT, "exports/made", new JsonObject().put("volume", "other"));
      TestServer.await(server.host().onModule(Future::succeededFuture));
    }
    TestServer.await(started);
    assertThat(TestServer.await(made).status()).isEqualTo(201);
    assertThat(server.host().events().all(NbdObserver.EXPORT_WAITING)).isEmpty();
    assertThat(state.all().keySet()).containsExactly("export.made");
  }

  @Test
  void aVolumeThatIsSlowToOpenIsNotAskedForAgainUntilItHasAnswered() {
    server.host().volumes().add("late", 8192);
    server.host().volumes().slow("late");
    Future<Boolean> reloaded = reconfigure(Map.of("late", Map.of("volume", "late")), Map.of());
    for (int i = 0; i < 3; i++) {
      server
          .host()
          .events()
          .publish(
              new GatewayEvent.VolumeCreated(Instant.EPOCH, "late", UUID.randomUUID(), "s", 8192));
    }
    TestServer.await(server.host().onModule(Future::succeededFuture));
    server.host().volumes().openSlow("late");
    assertThat(TestServer.await(reloaded)).isTrue();
    assertThat(json(call(Method.GET, "exports/late")).getString("state")).isEqualTo("open");
    TestServer.await(reconfigure(Map.of("demo", Map.of("volume", "demo")), Map.of()));
    await()
        .untilAsserted(
            () -> assertThat(server.host().volumes().openNames()).doesNotContain("late"));
  }

  private Future<Boolean> reconfigure(Map<String, ?> exports, Map<String, ?> limits) {
    Map<String, Object> settings = server.settings();
    settings.put("exports", exports);
    settings.put("limits", limits);
    return server
        .host()
        .onModule(() -> server.module().reconfigure(TestSettings.block("modules.nbd", settings)));
  }

  private Future<Reply> call(Method method, String path) {
    return call(method, path, new JsonObject());
  }

  private Future<Reply> call(Method method, String path, JsonObject body) {
    return server.host().admin().call(method, "/v1/" + path, body);
  }

  private Future<Reply> ifMatch(String etag, Method method, String path, JsonObject body) {
    return server.host().admin().callIfMatch(etag, method, "/v1/" + path, body);
  }

  private static JsonObject json(Future<Reply> reply) {
    return ((Reply.Body.Json) TestServer.await(reply).body()).value();
  }
}
