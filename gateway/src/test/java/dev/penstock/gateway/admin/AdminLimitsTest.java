package dev.penstock.gateway.admin;

import static dev.penstock.gateway.admin.TestAdmin.routes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.penstock.gateway.config.AdminLimits;
import dev.penstock.spi.admin.Reply;
import dev.penstock.spi.admin.Role;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every limit, from the wrong side: what it costs the caller who meets it, and nobody else. */
class AdminLimitsTest {
  private static final String HEAD =
      "Host: localhost\r\nAuthorization: Bearer " + TestAdmin.READER + "\r\n";
  private static final String HELLO = "GET /v1/hello HTTP/1.1\r\n" + HEAD + "\r\n";

  @TempDir Path folder;

  private final AtomicInteger calls = new AtomicInteger();
  private final List<Promise<Reply>> stuck = new ArrayList<>();

  private CoreRoutes subject() {
    return routes(rows ->
        rows.get("/v1/hello", Role.READER, _ -> hello())
            .put("/v1/things/{thing}", Role.OPERATOR, call -> echo(call.body()))
            .get("/v1/stuck", Role.READER, _ -> never())
            .get("/v1/many", Role.READER, _ -> many(2_000_000))
            .open("/health/live", _ -> hello())
            .show("/metrics", _ -> Future.succeededFuture(Document.yaml("up 1\n"))));
  }

  private Future<Reply> hello() {
    calls.incrementAndGet();
    return Future.succeededFuture(Reply.ok(new JsonObject().put("hello", true)));
  }

  private static Future<Reply> echo(JsonObject body) {
    return Future.succeededFuture(Reply.ok(body));
  }

  private Future<Reply> never() {
    Promise<Reply> promise = Promise.promise();
    stuck.add(promise);
    return promise.future();
  }

  private static Future<Reply> many(int items) {
    Iterator<JsonObject> numbers =
        IntStream.range(0, items).mapToObj(i -> new JsonObject().put("i", i)).iterator();
    return Future.succeededFuture(Reply.items("items", numbers));
  }

  private static AdminLimits limits(int connections, int requests, Duration quick, Duration slow) {
    return new AdminLimits(
        1024, 2048, 4096, 8192, connections, requests, 2, quick, quick, quick, slow, slow, slow);
  }

  private static AdminLimits impatient(int requests) {
    return limits(8, requests, SLOW, Duration.ofMillis(300));
  }

  private static final Duration QUICK = Duration.ofMillis(300);
  private static final Duration SLOW = Duration.ofMinutes(5);

  @Test
  void aHeaderThatIsTooLargeIsRefusedAndEndsTheConnection() {
    try (var admin = new TestAdmin(folder, limits(8, 8, SLOW, SLOW), subject());
        var caller = admin.raw()) {
      caller.send("GET /v1/hello HTTP/1.1\r\n" + HEAD + "X: " + "x".repeat(4000) + "\r\n\r\n");

      assertThat(caller.readAll()).startsWith("HTTP/1.1 431 ");
    }
  }

  @Test
  void aRequestLineThatIsTooLongIsRefused() {
    try (var admin = new TestAdmin(folder, limits(8, 8, SLOW, SLOW), subject());
        var caller = admin.raw()) {
      caller.send("GET /" + "x".repeat(2000) + " HTTP/1.1\r\n" + HEAD + "\r\n");

      assertThat(caller.readAll()).contains(" 414 ");
    }
  }

  @Test
  void aBodyThatSaysItIsTooLargeIsRefusedBeforeItIsSent() {
    try (var admin = new TestAdmin(folder, limits(8, 8, SLOW, SLOW), subject())) {
      var answer =
          admin.as(
              TestAdmin.OPERATOR,
              "PUT",
              "/v1/things/a",
              "Content-Type: application/json",
              "Content-Length: 5000");

      assertThat(answer.status()).isEqualTo(413);
      assertThat(answer.detail()).contains("4096 bytes");
    }
  }

  @Test
  void aBodyThatGrowsTooLargeIsRefusedAndTheCallerReadsWhy() {
    try (var admin = new TestAdmin(folder, limits(8, 8, SLOW, SLOW), subject());
        var caller = admin.raw()) {
      caller.send(
          "PUT /v1/things/a HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
              + TestAdmin.OPERATOR
              + "\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n");
      for (int i = 0; i < 10; i++) caller.send("200\r\n" + " ".repeat(512) + "\r\n");

      assertThat(caller.readUntil("too-large")).startsWith("HTTP/1.1 413 ");
    }
  }

  @Test
  void headersThatDribbleAreCutHoweverManyBytesCome() {
    try (var admin = new TestAdmin(folder, limits(8, 8, QUICK, SLOW), subject());
        var caller = admin.raw()) {
      caller.send("GET /v1/hello HTTP/1.1\r\nX: ");

      await().until(() -> !caller.takes("x"));
      assertThat(calls).hasValue(0);
    }
  }

  @Test
  void aSecondRequestThatDribblesIsCutAsWell() {
    try (var admin = new TestAdmin(folder, limits(8, 8, QUICK, SLOW), subject());
        var caller = admin.raw()) {
      caller.send(HELLO).readUntil("hello");
      caller.send("GET /v1/hello HTTP/1.1\r\nX: ");

      await().until(() -> !caller.takes("x"));
      assertThat(calls).hasValue(1);
    }
  }

  @Test
  void aBodyThatDribblesIsAnsweredAndCut() {
    try (var admin = new TestAdmin(folder, limits(8, 8, QUICK, SLOW), subject());
        var caller = admin.raw()) {
      caller.send(
          "PUT /v1/things/a HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
              + TestAdmin.OPERATOR
              + "\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{");

      String text = caller.readAll();
      assertThat(text).startsWith("HTTP/1.1 408 ").contains("too-slow");
      assertThat(admin.metrics.counted("admin_cuts", "limit", "arrival")).isEqualTo(1);
    }
  }

  @Test
  void aConnectionThatSaysNothingIsCut() {
    try (var admin = new TestAdmin(folder, limits(8, 8, QUICK, SLOW), subject());
        var caller = admin.raw()) {
      assertThat(caller.readAll()).isEmpty();
    }
  }

  @Test
  void anIdleConnectionIsCutAfterItsAnswer() {
    try (var admin = new TestAdmin(folder, limits(8, 8, QUICK, SLOW), subject());
        var caller = admin.raw()) {
      assertThat(caller.send(HELLO).readAll()).startsWith("HTTP/1.1 200 ");
    }
  }

  @Test
  void halfARequestHoldsNoSlot() {
    try (var admin = new TestAdmin(folder, limits(8, 1, SLOW, SLOW), subject());
        var half = admin.raw()) {
      half.send(
          "PUT /v1/things/a HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
              + TestAdmin.OPERATOR
              + "\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{");

      assertThat(admin.call("GET", "/v1/hello").status()).isEqualTo(200);
    }
  }

  @Test
  void healthAndMetricsAnswerWhileEverySlotIsTaken() {
    try (var admin = new TestAdmin(folder, limits(8, 2, SLOW, SLOW), subject());
        var first = admin.raw();
        var second = admin.raw()) {
      String request = "GET /v1/stuck HTTP/1.1\r\n" + HEAD + "\r\n";
      first.send(request);
      second.send(request);
      await().until(() -> admin.metrics.gauged("admin_requests_active") == 2);

      var refused = admin.call("GET", "/v1/hello");
      assertThat(refused.status()).isEqualTo(503);
      assertThat(refused.header("Retry-After")).contains("1");
      assertThat(admin.as("", "GET", "/health/live").status()).isEqualTo(200);
      assertThat(admin.call("GET", "/metrics").body()).isEqualTo("up 1\n");

      stuck.forEach(promise -> promise.complete(Reply.done()));
      assertThat(first.readUntil("\r\n\r\n")).startsWith("HTTP/1.1 204 ");
      assertThat(admin.call("GET", "/v1/hello").status()).isEqualTo(200);
    }
  }

  @Test
  void aHandlerThatNeverAnswersIsGivenUpAndHoldsNoSlot() {
    try (var admin = new TestAdmin(folder, impatient(1), subject())) {
      var answer = admin.call("GET", "/v1/stuck");

      assertThat(answer.status()).isEqualTo(504);
      assertThat(answer.problem()).isEqualTo("no-answer");
      assertThat(admin.call("GET", "/v1/hello").status()).isEqualTo(200);
    }
  }

  @Test
  void oneConnectionTooManyIsClosedAndTheSocketStaysOpen() {
    try (var admin = new TestAdmin(folder, limits(3, 8, SLOW, SLOW), subject())) {
      List<RawCaller> callers = IntStream.range(0, 3).mapToObj(_ -> admin.raw()).toList();
      await().until(() -> admin.metrics.gauged("admin_connections") == 3);
      try (var fourth = admin.raw()) {
        assertThat(fourth.readAll()).isEmpty();
      }
      assertThat(admin.metrics.counted("admin_cuts", "limit", "connections")).isEqualTo(1);
      callers.forEach(RawCaller::close);
      await().until(() -> admin.metrics.gauged("admin_connections") == 0);
      assertThat(admin.call("GET", "/v1/hello").status()).isEqualTo(200);
    }
  }

  @Test
  void aSlowReaderGetsAllOfALargeAnswerAsLongAsHeReads() {
    try (var admin = new TestAdmin(folder, limits(8, 1, SLOW, Duration.ofSeconds(2)), subject());
        var caller = RawCaller.tcp(admin.port(), 4096)) {
      caller.send("GET /v1/many HTTP/1.1\r\n" + HEAD + "Connection: close\r\n\r\n");
      caller.readUntil("\"i\":1000}");
      assertThat(admin.call("GET", "/v1/hello").status())
          .as("an answer that is being read holds no slot")
          .isEqualTo(200);

      assertThat(caller.readAll()).endsWith("{\"i\":1999999}]}\r\n0\r\n\r\n");
    }
  }

  @Test
  void aReaderWhoStopsReadingIsCutAndTheAnswerShowsIt() {
    try (var admin = new TestAdmin(folder, impatient(8), subject());
        var caller = RawCaller.tcp(admin.port(), 4096)) {
      caller.send("GET /v1/many HTTP/1.1\r\n" + HEAD + "\r\n");

      await().until(() -> admin.metrics.counted("admin_cuts", "limit", "slow_reader") == 1);
      assertThat(caller.readAll()).doesNotContain("1999999").doesNotContain("\r\n0\r\n\r\n");
    }
  }

  @Test
  void aCallerWhoLeavesFreesHisConnection() {
    try (var admin = new TestAdmin(folder, limits(8, 8, SLOW, SLOW), subject())) {
      try (var caller = RawCaller.tcp(admin.port(), 4096)) {
        caller.send("GET /v1/many HTTP/1.1\r\n" + HEAD + "\r\n").skip(5000);
      }
      await().until(() -> admin.metrics.gauged("admin_connections") == 0);
    }
  }

  @Test
  void requestsThatWereSentTogetherAreAnsweredInTheirOrder() {
    try (var admin = new TestAdmin(folder, limits(8, 8, SLOW, SLOW), subject());
        var caller = admin.raw()) {
      caller.send(HELLO + HELLO + HELLO.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"));

      assertThat(caller.readAll().split("HTTP/1.1 200 ", -1)).hasSize(4);
    }
  }
}
