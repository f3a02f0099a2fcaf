package dev.penstock.gateway.admin;

import static dev.penstock.gateway.admin.TestAdmin.routes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.admin.Reply;
import dev.penstock.spi.admin.Role;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who comes in over TCP, and with what right. */
@TestInstance(Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init") // made before the first test
class DoorTest {
  private final AtomicInteger changed = new AtomicInteger();
  private TestAdmin admin;

  @BeforeAll
  void start(@TempDir Path folder) {
    admin =
        new TestAdmin(
            folder,
            routes(rows ->
                rows.get("/v1/look", Role.READER, _ -> done())
                    .post("/v1/run", Role.OPERATOR, _ -> done())
                    .put("/v1/decide/{what}", Role.ADMIN, _ -> done())
                    .open("/health/live", _ -> done())));
  }

  @AfterAll
  void stop() {
    admin.close();
  }

  private Future<Reply> done() {
    changed.incrementAndGet();
    return Future.succeededFuture(Reply.ok(new JsonObject()));
  }

  @ParameterizedTest(name = "{0} may {1} {2}: {3}")
  @CsvSource(
      textBlock =
          """
          reader,   GET,  /v1/look,     200
          reader,   POST, /v1/run,      403
          reader,   PUT,  /v1/decide/a, 403
          operator, GET,  /v1/look,     200
          operator, POST, /v1/run,      200
          operator, PUT,  /v1/decide/a, 403
          admin,    GET,  /v1/look,     200
          admin,    POST, /v1/run,      200
          admin,    PUT,  /v1/decide/a, 200
          nobody,   GET,  /v1/look,     401
          nobody,   PUT,  /v1/decide/a, 401
          nobody,   GET,  /health/live, 200
          nobody,   GET,  /v1/unknown,  401
          nobody,   DELETE, /v1/look,   401
          """)
  void everyRoleMayWhatItMay(String role, String method, String path, int status) {
    int before = changed.get();
    String token = role.equals("nobody") ? "" : "secret-of-a%s-%s".formatted(article(role), role);

    assertThat(admin.as(token, method, path).status()).isEqualTo(status);
    assertThat(changed.get() - before).isEqualTo(status == 200 ? 1 : 0);
  }

  private static String article(String role) {
    return role.equals("reader") ? "" : "n";
  }

  @Test
  void aTokenThatNobodyHasIsRefusedWithAChallenge() {
    var answer = admin.as("made-up", "GET", "/v1/look");

    assertThat(answer.status()).isEqualTo(401);
    assertThat(answer.header("WWW-Authenticate").orElseThrow()).contains("invalid_token");
    assertThat(answer.body()).doesNotContain("made-up");
  }

  @Test
  void anotherSchemeThanBearerIsNoToken() {
    var answer = admin.as("", "GET", "/v1/look", "Authorization: Basic YTpi");

    assertThat(answer.status()).isEqualTo(401);
  }

  @Test
  void theTokenInTheQueryIsNoToken() {
    assertThat(admin.as("", "GET", "/v1/look?token=" + TestAdmin.ADMIN).status()).isEqualTo(401);
  }

  @ParameterizedTest(name = "Host {0}: {1}")
  @CsvSource(
      textBlock =
          """
          localhost,            200
          LOCALHOST:7070,       200
          127.0.0.1,            200
          127.0.0.1:1,          200
          [::1]:7070,           200
          box.example,          200
          box.example.evil.com, 403
          evil.com,             403
          127.0.0.1.evil.com,   403
          10.0.0.1,             403
          """)
  void onlyItsOwnNamesLeadToIt(String host, int status) {
    try (var caller = admin.raw()) {
      caller.send(
          "GET /v1/look HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nConnection: close\r\n\r\n"
              .formatted(host, TestAdmin.ADMIN));
      assertThat(caller.answer().status()).isEqualTo(status);
    }
  }

  @Test
  void aForeignHostIsRefusedEvenForHealth() {
    try (var caller = admin.raw()) {
      caller.send("GET /health/live HTTP/1.1\r\nHost: evil.com\r\nConnection: close\r\n\r\n");
      assertThat(caller.answer().status()).isEqualTo(403);
    }
  }

  @Test
  void aRequestWithoutAHostIsRefusedAtEveryDoor() throws IOException {
    String request = "GET /v1/look HTTP/1.1\r\nConnection: close\r\n\r\n";
    try (var caller = admin.raw()) {
      assertThat(caller.send(request).answer().problem()).isEqualTo("denied");
    }
    try (var socket = SocketChannel.open(UnixDomainSocketAddress.of(admin.socket()))) {
      socket.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.US_ASCII)));
      byte[] all = Channels.newInputStream(socket).readAllBytes();

      var answer = Answer.parse(new String(all, StandardCharsets.UTF_8));
      assertThat(answer.status()).isEqualTo(400);
      assertThat(answer.problem()).isEqualTo("invalid");
    }
  }

  @Test
  void twoHostsAreRefused() {
    var answer = admin.as(TestAdmin.ADMIN, "GET", "/v1/look", "Host: evil.com");

    assertThat(answer.status()).isIn(400, 403);
  }

  @ParameterizedTest(name = "Origin {0}: {1}")
  @CsvSource(
      textBlock =
          """
          http://localhost,       200
          http://evil.com,        403
          https://localhost,      403
          http://localhost:8080,  403
          null,                   403
          """)
  void aPageOfAnotherOriginIsRefusedBeforeItsTokenIsLookedAt(String origin, int status) {
    int before = changed.get();

    assertThat(admin.as(TestAdmin.ADMIN, "POST", "/v1/run", "Origin: " + origin).status())
        .isEqualTo(status);
    assertThat(changed.get() - before).isEqualTo(status == 200 ? 1 : 0);
    if (status == 403)
      assertThat(admin.as("", "POST", "/v1/run", "Origin: " + origin).status()).isEqualTo(403);
  }

  @Test
  void whatABrowserSaysIsCrossSiteIsRefused() {
    assertThat(admin.as(TestAdmin.ADMIN, "GET", "/v1/look", "Sec-Fetch-Site: cross-site").status())
        .isEqualTo(403);
  }

  @Test
  void aPreflightIsRefused() {
    var answer =
        admin.as(
            "",
            "OPTIONS",
            "/v1/run",
            "Origin: http://evil.com",
            "Access-Control-Request-Method: POST");

    assertThat(answer.status()).isEqualTo(403);
    assertThat(answer.header("Access-Control-Allow-Origin")).isEmpty();
  }
}
