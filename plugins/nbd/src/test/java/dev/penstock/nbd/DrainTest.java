package dev.penstock.nbd;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.penstock.nbd.wire.ClientBytes;
import dev.penstock.nbd.wire.Command;
import dev.penstock.nbd.wire.ErrorNumber;
import dev.penstock.nbd.wire.Option;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.admin.Reply;
import dev.penstock.spi.admin.Route.Method;
import dev.penstock.spi.testing.FakeTasks;
import dev.penstock.spi.testing.Faults.Call;
import dev.penstock.spi.testing.MemoryVolume;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How an export is emptied, and how a module stops. */
@Timeout(60)
class DrainTest {
  private static final int REP_ERR_SHUTDOWN = Integer.MIN_VALUE | 7;

  private final MemoryVolume demo = MemoryVolume.named("demo", 1 << 20);
  private final TestServer server =
      TestServer.of(demo, Map.of("handshake", "5s", "shutdown", "20s"));

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void whatIsUnderWayIsFinishedAndWhatComesLaterIsRefused() {
    try (var client = server.connect().exportName("demo");
        var other = server.connect().exportName("frozen")) {
      try (var hold = demo.faults().hold(Call.FLUSH)) {
        client.send(new ClientBytes().request(Command.FLUSH, 1, 0, 0));
        hold.awaitHeld(1);
        FakeTasks.Begun task = drain(new JsonObject());
        assertThat(state()).isEqualTo("draining");
        assertThat(task.hasEnded()).isFalse();

        client.send(new ClientBytes().request(Command.READ, 2, 0, 1));
        assertThat(client.reply()).isEqualTo(new RawClient.Reply(ErrorNumber.ESHUTDOWN.code(), 2));
      }
      assertThat(client.reply()).isEqualTo(new RawClient.Reply(0, 1));
      client.readToFin();
      client.endOutput();
      await().untilAsserted(() -> assertThat(state()).isEqualTo("drained"));
      await().untilAsserted(() -> assertThat(task().hasEnded()).isTrue());
      assertThat(task().units()).isEqualTo(1);
      assertThat(other.readData(0, 1)).containsExactly(0);
    }
    assertThat(server.host().events().all(NbdObserver.CONNECTION_CUT)).isEmpty();
  }

  @Test
  void whoAsksForADrainedExportIsToldAndMayAskForAnother() {
    drain(new JsonObject());
    try (var client = server.connect()) {
      client.send(new ClientBytes().fixedNoZeroes().go("demo"));
      assertThat(client.optionReply()).isEqualTo(REP_ERR_SHUTDOWN);
      client.send(new ClientBytes().option(Option.INFO, ClientBytes.exportQuery("demo")));
      assertThat(client.optionReply()).isEqualTo(REP_ERR_SHUTDOWN);
      client.send(new ClientBytes().option(Option.EXPORT_NAME, "frozen".getBytes(UTF_8)));
      assertThat(client.readLong()).isEqualTo(1 << 20);
    }
    try (var client = server.connect()) {
      client.send(
          new ClientBytes().fixedNoZeroes().option(Option.EXPORT_NAME, "demo".getBytes(UTF_8)));
      client.readToFin();
    }
  }

  @Test
  void aDrainedExportStaysDrainedAcrossARestartUntilItIsResumed() {
    drain(new JsonObject());
    server.restart();
    assertThat(state()).isEqualTo("drained");

    assertThat(call("resume", new JsonObject()).status()).isEqualTo(204);
    assertThat(state()).isEqualTo("open");
    try (var client = server.connect().exportName("demo")) {
      assertThat(client.readData(0, 1)).containsExactly(0);
    }
    server.restart();
    assertThat(state()).isEqualTo("open");
  }

  @Test
  void whoHasNotLeftInTimeIsCut() {
    try (var client = server.connect().exportName("demo");
        var hold = demo.faults().hold(Call.FLUSH)) {
      client.send(new ClientBytes().request(Command.FLUSH, 1, 0, 0));
      hold.awaitHeld(1);
      drain(new JsonObject().put("timeout", "100ms"));
      assertThat(client.readToEnd()).isZero();
      assertThat(TestServer.detail(server.cut(), "why")).isEqualTo("shutdown");
    }
    await().untilAsserted(() -> assertThat(state()).isEqualTo("drained"));
  }

  @Test
  void anExportThatIsResumedWhileItDrainsTakesClientsAndTheDrainFails() {
    try (var client = server.connect().exportName("demo");
        var hold = demo.faults().hold(Call.FLUSH)) {
      client.send(new ClientBytes().request(Command.FLUSH, 1, 0, 0));
      hold.awaitHeld(1);
      FakeTasks.Begun task = drain(new JsonObject());
      call("resume", new JsonObject());
      await().untilAsserted(() -> assertThat(task.hasEnded()).isTrue());
      assertThat(task.units()).isZero();
      try (var fresh = server.connect().exportName("demo")) {
        assertThat(fresh.readData(0, 1)).containsExactly(0);
      }
      hold.release();
      assertThat(client.reply()).isEqualTo(new RawClient.Reply(0, 1));
      client.readToFin();
    }
  }

  @Test
  void aDrainWithWhatIsNoTimeIsRefusedAndNothingIsDrained() {
    for (var body :
        new JsonObject[] {
          new JsonObject().put("timeout", "soon"),
          new JsonObject().put("timeout", "25h"),
          new JsonObject().put("time", "1s")
        }) {
      assertThatThrownBy(() -> call("drain", body)).isInstanceOf(GatewayError.Invalid.class);
    }
    assertThat(state()).isEqualTo("open");
  }

  @Test
  void whoConnectsWhileTheModuleStopsIsToldSo() {
    try (var client = server.connect().exportName("demo");
        var early = server.connect()) {
      try (var hold = demo.faults().hold(Call.FLUSH)) {
        client.send(new ClientBytes().request(Command.FLUSH, 1, 0, 0));
        hold.awaitHeld(1);
        var stopped = server.host().stop();
        await()
            .untilAsserted(() -> {
              try (var late = server.connect()) {
                late.send(new ClientBytes().fixedNoZeroes().go("frozen"));
                assertThat(late.optionReply()).isEqualTo(REP_ERR_SHUTDOWN);
              }
            });
        early.send(new ClientBytes().fixedNoZeroes().go("demo"));
        assertThat(early.optionReply()).isEqualTo(REP_ERR_SHUTDOWN);
        assertThat(stopped.isComplete()).isFalse();
      }
      assertThat(client.reply()).isEqualTo(new RawClient.Reply(0, 1));
      client.readToFin();
      early.readToEnd();
    }
  }

  @Test
  void noReplyIsLostHoweverMuchGarbageFollowsTheRequest() throws Exception {
    try (var client = server.connect().exportName("demo")) {
      Thread garbage =
          Thread.ofVirtual()
              .start(() ->
                  client.sendWhilePossible(
                      new ClientBytes()
                          .request(Command.READ, 9, 0, 1 << 20)
                          .raw(new byte[8 << 20])));
      assertThat(client.reply()).isEqualTo(new RawClient.Reply(0, 9));
      client.read(1 << 20);
      client.readToFin();
      client.endOutput();
      garbage.join();
    }
    assertThat(TestServer.detail(server.cut(), "why")).isEqualTo("protocol");
  }

  @Test
  void whoSaysDiscAndEndsItsSideStillGetsItsReplies() {
    try (var client = server.connect().exportName("demo");
        var hold = demo.faults().hold(Call.FLUSH)) {
      client.send(new ClientBytes().request(Command.FLUSH, 1, 0, 0).request(Command.DISC, 2, 0, 0));
      client.endOutput();
      hold.awaitHeld(1);
      hold.release();
      assertThat(client.reply()).isEqualTo(new RawClient.Reply(0, 1));
      client.readToFin();
    }
  }

  private FakeTasks.Begun drain(JsonObject body) {
    Reply reply = call("drain", body);
    assertThat(reply.status()).isEqualTo(202);
    assertThat(((Reply.Body.Json) reply.body()).value().getString("task"))
        .isEqualTo(task().guid().toString());
    return task();
  }

  private FakeTasks.Begun task() {
    return server.host().tasks().all().getLast();
  }

  private Reply call(String verb, JsonObject body) {
    return TestServer.await(
        server.host().admin().call(Method.POST, "/v1/exports/demo/" + verb, body));
  }

  private String state() {
    Reply reply = TestServer.await(server.host().admin().call(Method.GET, "/v1/exports/demo"));
    return ((Reply.Body.Json) reply.body()).value().getString("state");
  }
}
