package dev.penstock.gateway.admin;

import static dev.penstock.gateway.admin.TestAdmin.routes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.admin.Call;
import dev.penstock.spi.admin.Reply;
import dev.penstock.spi.admin.Role;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which operation a path leads to: taken as it was sent, for what a proxy before us judged. */
@TestInstance(Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init") // made before the first test
class PathsTest {
  private TestAdmin admin;

  @BeforeAll
  void start(@TempDir Path folder) {
    admin =
        new TestAdmin(
            folder,
            routes(rows ->
                rows.get("/v1/things", Role.READER, _ -> says("all"))
                    .get("/v1/things/{thing}", Role.READER, call -> says(call.path("thing")))
                    .put("/v1/things/{thing}", Role.READER, call -> says(call.path("thing")))
                    .post("/v1/things/all", Role.READER, _ -> says("the literal"))
                    .get("/v1/things/all", Role.READER, _ -> says("the literal"))
                    .get("/v1/things/{thing}/parts/{part}", Role.READER, PathsTest::both)
                    .get("/v1/asked/{thing}", Role.READER, PathsTest::query)
                    .get("/v1/secrets", Role.ADMIN, _ -> says("secret"))
                    .open("/health/live", _ -> says("alive"))));
  }

  @AfterAll
  void stop() {
    admin.close();
  }

  private static Future<Reply> says(String what) {
    return Future.succeededFuture(Reply.ok(new JsonObject().put("says", what)));
  }

  private static Future<Reply> both(Call call) {
    return says(call.path("thing") + " " + call.path("part"));
  }

  private static Future<Reply> query(Call call) {
    return says(call.query("thing").orElse("nothing"));
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource(
      textBlock =
          """
          /v1/things,             all
          /v1/things/,            all
          /v1/things/a,           a
          /v1/things/a/,          a
          /v1/things/all,         the literal
          /v1/things/a+b,         a+b
          /v1/things/a%2Bb,       a+b
          /v1/things/a%20b,       a b
          /v1/things/a%2Fb,       a/b
          /v1/things/%2e%2E,      ..
          /v1/things/..,          ..
          /v1/things/%c3%a9,      é
          /v1/things/%25zz,       %zz
          /v1/things/a:b,         a:b
          /v1/things/*,           *
          /v1/things/a/parts/b%3Fc, a b?c
          """)
  void aPathIsDecodedOnceAndNeverRewritten(String path, String says) {
    var answer = admin.as(TestAdmin.READER, "GET", path);

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.json().getString("says")).isEqualTo(says);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "//v1/things",
    "/v1//things",
    "/v1/things//",
    "/v1/things/a//",
    "/v1/things//parts/b",
    "/v1/./things",
    "/v1/things/../secrets",
    "/v1/things/%2e%2e/secrets",
    "/health/live/../../v1/secrets",
    "/v1/%74hings",
    "/v1/Things",
    "/v1/things;a=b",
    "/v1/thingsx",
    "/v1",
    "/"
  })
  void aPathThatIsOnlyLikeAnotherLeadsNowhere(String path) {
    assertThat(admin.as(TestAdmin.ADMIN, "GET", path).status()).isEqualTo(404);
    assertThat(admin.as("", "GET", path).status())
        .as("who may not look learns nothing")
        .isEqualTo(401);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "/health/live/../../v1/secrets",
    "/health/live/..%2f..%2fv1/secrets",
    "/health//live"
  })
  void whatIsOpenToAllOpensNothingElse(String path) {
    assertThat(admin.as("", "GET", path).status()).isEqualTo(401);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "/v1/things/%",
    "/v1/things/%4",
    "/v1/things/%zz",
    "/v1/things/%%41",
    "/v1/things/a?q=%zz"
  })
  void aBrokenEscapeIsRefused(String path) {
    var answer = admin.as(TestAdmin.READER, "GET", path);

    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.problem()).isEqualTo("invalid");
    assertThat(answer.detail()).contains("escape");
  }

  @Test
  void allowNamesTheMethodsOfEveryTemplateThatFits() {
    var answer = admin.as(TestAdmin.READER, "DELETE", "/v1/things/all");

    assertThat(answer.status()).isEqualTo(405);
    assertThat(answer.header("Allow")).contains("GET, POST, PUT");
    assertThat(admin.as(TestAdmin.READER, "PUT", "/v1/things/all").json().getString("says"))
        .isEqualTo("all");
  }

  @ParameterizedTest
  @CsvSource({"HEAD", "OPTIONS", "BREW"})
  void aMethodThatNobodyHasIsRefusedLikeAnyOther(String method) {
    assertThat(admin.as(TestAdmin.READER, method, "/v1/things").header("Allow")).contains("GET");
  }

  @Test
  void aParameterOfThePathIsNoneOfTheQuery() {
    assertThat(admin.call("GET", "/v1/asked/a").json().getString("says")).isEqualTo("nothing");
    assertThat(admin.call("GET", "/v1/asked/a?thing=b").json().getString("says")).isEqualTo("b");
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({"*", "things"})
  void whatIsNoPathIsRefused(String target) {
    assertThat(admin.call("OPTIONS", target).status()).isEqualTo(400);
  }
}
