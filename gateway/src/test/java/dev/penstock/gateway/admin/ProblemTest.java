package dev.penstock.gateway.admin;

import static dev.penstock.gateway.admin.TestAdmin.routes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.admin.Reply;
import dev.penstock.spi.admin.Role;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** How failures are told. */
class ProblemTest {
  @TempDir Path folder;

  record Row(GatewayError error, int status, String type) {}

  static Stream<Row> mapping() {
    return Stream.of(
        new Row(new GatewayError.Invalid("x"), 400, "invalid"),
        new Row(new GatewayError.NotFound("x"), 404, "not-found"),
        new Row(new GatewayError.Conflict("x"), 409, "conflict"),
        new Row(new GatewayError.Denied("x"), 403, "denied"),
        new Row(new GatewayError.NoSpace("x"), 507, "no-space"),
        new Row(new GatewayError.Unsupported("x"), 501, "unsupported"),
        new Row(
            new GatewayError.Unavailable(Scope.REQUEST, Duration.ofMillis(1500), "x"),
            503,
            "unavailable"),
        new Row(new GatewayError.Failed(Scope.RESOURCE, "x"), 500, "failed"),
        new Row(new GatewayError.Damaged("x"), 500, "damaged"));
  }

  @ParameterizedTest
  @MethodSource("mapping")
  void everyErrorHasItsStatus(Row row) {
    var problem = Problem.of(row.error());

    assertThat(problem.status()).isEqualTo(row.status());
    assertThat(problem.type()).isEqualTo(row.type());
    assertThat(problem.detail()).isEqualTo("x");
    assertThat(problem.headers().containsKey("Retry-After"))
        .isEqualTo(row.error().retry() instanceof GatewayError.Retry.After);
  }

  @Test
  void aRetryIsRoundedUpToSeconds() {
    var error = new GatewayError.Unavailable(Scope.REQUEST, Duration.ofMillis(1500), "x");

    assertThat(Problem.of(error).headers()).containsEntry("Retry-After", "2");
  }

  private TestAdmin admin(Supplier<Future<Reply>> handler) {
    return new TestAdmin(
        folder,
        routes(rows ->
            rows.get("/v1/volumes/{volume}", Role.READER, _ -> handler.get())
                .put(
                    "/v1/volumes/{volume}",
                    Role.READER,
                    call -> Future.succeededFuture(Reply.ok(call.body())))
                .get("/v1/volumes", Role.READER, _ -> handler.get())));
  }

  @Test
  void aBugShowsNoStackTraceAndNoMessageOfItsOwn() {
    try (var admin =
        admin(() -> {
          throw new IllegalStateException("/etc/secret at com.example.Internal");
        })) {
      var answer = admin.call("GET", "/v1/volumes/a");

      assertThat(answer.status()).isEqualTo(500);
      assertThat(answer.body())
          .doesNotContain("Internal")
          .doesNotContain("Exception")
          .doesNotContain("secret");
      assertThat(answer.json().getString("id")).matches("[0-9a-f]{16}");
      assertThat(answer.header("Content-Type")).contains("application/problem+json");
    }
  }

  @Test
  void aFailureInTheFutureIsToldLikeAThrownOne() {
    try (var admin = admin(() -> Future.failedFuture(new GatewayError.Conflict("it is used")))) {
      var answer = admin.call("GET", "/v1/volumes/a");

      assertThat(answer.status()).isEqualTo(409);
      assertThat(answer.json())
          .isEqualTo(
              new JsonObject()
                  .put("type", "urn:penstock:problem:conflict")
                  .put("title", "Somebody else has it")
                  .put("status", 409)
                  .put("detail", "it is used")
                  .put("instance", "/v1/volumes/a")
                  .put("id", answer.json().getString("id")));
    }
  }

  @ParameterizedTest(name = "{0} -> {1}")
  @CsvSource({
    "/v1/volume, /v1/volumes",
    "/v1/volume/demo, /v1/volumes/demo",
    "/v1/Volumes, /v1/volumes"
  })
  void anUnknownPathNamesTheOneThatWasMeant(String asked, String meant) {
    try (var admin = admin(() -> Future.succeededFuture(Reply.done()))) {
      var answer = admin.call("GET", asked);

      assertThat(answer.status()).isEqualTo(404);
      assertThat(answer.detail()).endsWith("did you mean " + meant + "?");
    }
  }

  @Test
  void aWrongMethodIsToldWhichOnesThereAre() {
    try (var admin = admin(() -> Future.succeededFuture(Reply.done()))) {
      var answer = admin.call("DELETE", "/v1/volumes/a");

      assertThat(answer.status()).isEqualTo(405);
      assertThat(answer.header("Allow")).contains("GET, PUT");
    }
  }

  @Test
  void aBodyOfAnotherTypeIsRefused() {
    try (var admin = admin(() -> Future.succeededFuture(Reply.done()))) {
      var answer =
          admin.call("PUT", "/v1/volumes/a", "Content-Type: text/plain", "Content-Length: 2");

      assertThat(answer.status()).isEqualTo(415);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          [1, 2]
          {"a":
          "text"
          null
          """)
  void aBodyThatIsNoObjectIsRefused(String body) {
    try (var admin = admin(() -> Future.succeededFuture(Reply.done()))) {
      assertThat(admin.withBody("PUT", "/v1/volumes/a", body).status()).isEqualTo(400);
    }
  }

  @Test
  void aBodyThatNestsTooDeepIsRefused() {
    try (var admin = admin(() -> Future.succeededFuture(Reply.done()))) {
      String deep = "{\"a\":".repeat(100_000) + "1" + "}".repeat(100_000);

      assertThat(admin.withBody("PUT", "/v1/volumes/a", deep).status()).isEqualTo(400);
    }
  }

  @Test
  void aBrokenEscapeInThePathIsRefused() {
    try (var admin = admin(() -> Future.succeededFuture(Reply.done()))) {
      assertThat(admin.call("GET", "/v1/volumes/%zz").status()).isEqualTo(400);
    }
  }

  @Test
  void aPathThatIsTooLongIsRefused() {
    try (var admin = admin(() -> Future.succeededFuture(Reply.done()))) {
      assertThat(admin.call("GET", "/v1/volumes/" + "a".repeat(1100)).status()).isEqualTo(414);
    }
  }
}
