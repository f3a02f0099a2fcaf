package dev.penstock.p2p.serve;

import static dev.penstock.p2p.TestServer.BASE;
import static dev.penstock.p2p.TestServer.HELLO;
import static dev.penstock.p2p.TestServer.KEY;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.p2p.RawClient;
import dev.penstock.p2p.TestServer;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.content.Caller;
import java.time.Duration;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every endpoint in every version, over a socket. */
class EndpointsTest {
  private static final String JSON = "application/json;charset=utf-8";

  private final TestServer server = TestServer.open();

  @AfterEach
  void close() {
    server.close();
  }

  /** §3, and for versions that lack an endpoint §1 row 1. */
  static Stream<Arguments> endpointsInVersions() {
    return IntStream.rangeClosed(0, 5)
        .boxed()
        .flatMap(version ->
            Stream.of(
                endpoint(version, "checkpresent", 0, "{\"present\":true}"),
                endpoint(version, "lockcontent", 0, "{\"locked\":true,\"lockid\":"),
                endpoint(version, "keeplocked", 0, "{\"locked\":false}"),
                endpoint(version, "remove", 0, plus(version, "\"removed\":true")),
                endpoint(version, "remove-before", 3, plus(version, "\"removed\":true")),
                endpoint(version, "gettimestamp", 3, "{\"timestamp\":1000}"),
                endpoint(version, "put", 0, plus(version, "\"stored\":true")),
                endpoint(version, "putoffset", 1, plus(version, "\"alreadyhave\":true"))));
  }

  private static Arguments endpoint(int version, String name, int since, String answer) {
    boolean there = version <= 4 && version >= since;
    return Arguments.of(version, name, there ? 200 : 404, there ? answer : "");
  }

  private static String plus(int version, String answer) {
    return version < 2 ? "{%s}".formatted(answer) : "{%s,\"plusuuids\":[]}".formatted(answer);
  }

  @ParameterizedTest(name = "v{0}/{1}: {2} {3}")
  @MethodSource("endpointsInVersions")
  void everyEndpointAnswersInTheVersionsThatHaveIt(
      int version, String endpoint, int status, String answer) {
    RawClient.Answer got =
        server.post(
            "%s/v%d/%s?key=%s&clientuuid=c&lockid=l&timestamp=2000"
                .formatted(BASE, version, endpoint, KEY),
            "X-git-annex-data-length: 0");

    assertThat(got.status()).isEqualTo(status);
    assertThat(got.body()).startsWith(answer);
    if (status == 200) assertThat(got.header("content-type")).isEqualTo(JSON);
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"/v0/key/", "/v1/key/", "/v2/key/", "/v3/key/", "/v4/key/", "/key/"})
  void everyVersionSendsAKeyWithItsLength(String version) {
    RawClient.Answer got = server.ask("GET", BASE + version + KEY);

    assertThat(got.status()).isEqualTo(200);
    assertThat(got.body()).isEqualTo(HELLO);
    assertThat(got.header("x-git-annex-data-length")).isEqualTo("12");
    assertThat(got.header("content-type")).isEqualTo("application/octet-stream");
  }

  @ParameterizedTest(name = "{0} without {1}")
  @CsvSource({
    "checkpresent,key", "checkpresent,clientuuid", "lockcontent,key", "lockcontent,clientuuid",
    "keeplocked,lockid", "remove,key", "remove,clientuuid", "remove-before,key",
    "remove-before,timestamp", "remove-before,clientuuid", "gettimestamp,clientuuid", "put,key",
    "put,clientuuid", "putoffset,key", "putoffset,clientuuid"
  })
  void aMissingParameterIsABadRequestThatNamesIt(String endpoint, String missing) {
    String query =
        Stream.of("key=" + KEY, "clientuuid=c", "lockid=l", "timestamp=2000")
            .filter(one -> !one.startsWith(missing))
            .reduce((a, b) -> a + "&" + b)
            .orElseThrow();

    RawClient.Answer got =
        server.post(BASE + "/v4/" + endpoint + "?" + query, "X-git-annex-data-length: 0");

    assertThat(got.status()).isEqualTo(400);
    assertThat(got.header("content-type")).startsWith("text/plain");
    assertThat(got.body()).contains(missing);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"nokey", "SHA256--", "%5Bbad!%5D", "%zz", "%", "SHA256--a%0Ab", "SHA256--a%00b"})
  void aKeyThatCannotBeReadIsABadRequest(String key) {
    assertThat(server.post(BASE + "/v4/checkpresent?clientuuid=c&key=" + key).status())
        .isEqualTo(400);
    assertThat(server.ask("GET", BASE + "/v4/key/" + key).status()).isEqualTo(400);
  }

  /** Nothing of a path is anything but the name of a key, however it is written. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "/git-annex/U/v4/key/..%2F..%2Fetc%2Fpasswd",
        "/git-annex/U/v4/key/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
        "/git-annex/U/v4/key/../../../etc/passwd",
        "/git-annex/U/v4/key/..",
        "/git-annex/U/v4/key/%2Fetc%2Fpasswd",
        "/git-annex/U/v4/key/%5BLi4vLi4vZXRjL3Bhc3N3ZA==%5D",
        "/git-annex/U/v4/key/SHA256--..%2F..%2Fetc%2Fpasswd",
        "/git-annex/U/v4/key/SHA256--a%252F..%252Fb",
        "/git-annex/..%2F..%2Fetc/v4/key/SHA256--a",
        "/git-annex/../../etc/passwd",
        "/../etc/config",
        "/..%2Fetc/config",
        "//etc/passwd"
      })
  void pathsLeadNowhereElse(String path) {
    int status = server.ask("GET", path.replace("/U/", "/" + BASE.substring(11) + "/")).status();

    assertThat(status).isIn(400, 404);
  }

  @Test
  void aKeyWithASlashIsOneSegment() {
    server.store.has("URL--http&c%%a/b", "x");

    assertThat(server.ask("GET", BASE + "/v4/key/URL--http&c%25%25a%2Fb").body()).isEqualTo("x");
  }

  @Test
  void aKeyThatIsNoUtf8TravelsInBrackets() {
    // WORM--\xff, as base64url with padding
    RawClient.Answer got = server.put("key=%5BV09STS0t_w==%5D", 1, "x");

    assertThat(got.json().getBoolean("stored")).isTrue();
    assertThat(server.ask("GET", BASE + "/v4/key/%5BV09STS0t_w==%5D").body()).isEqualTo("x");
    assertThat(server.ask("GET", BASE + "/v4/key/[V09STS0t_w==]").body()).isEqualTo("x");
    assertThat(server.ask("GET", BASE + "/v4/key/WORM--%ff").body()).isEqualTo("x");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "/git-annex", "/favicon.ico", "/git-annex/nobody/v4/checkpresent"})
  void whatIsNotServedIsNotFound(String path) {
    assertThat(server.post(path + "?key=" + KEY + "&clientuuid=c").status()).isEqualTo(404);
  }

  @ParameterizedTest
  @CsvSource({
    "OPTIONS,/v4/checkpresent",
    "PUT,/v4/put",
    "DELETE,/v4/remove",
    "GET,/v4/remove",
    "POST,/v4/key/SHA256--a"
  })
  void anotherMethodIsNotAllowed(String method, String path) {
    RawClient.Answer got = server.ask(method, BASE + path);

    assertThat(got.status()).isEqualTo(405);
    assertThat(got.header("allow")).isNotEmpty();
  }

  @Test
  void theDoubledFormOfThePathLeadsToTheSame() {
    assertThat(server.ask("GET", "/git-annex" + BASE + "/v4/key/" + KEY).body()).isEqualTo(HELLO);
  }

  @Test
  void presenceMayBeAskedWithGetToo() {
    assertThat(server.ask("GET", BASE + "/v4/checkpresent?clientuuid=c&key=" + KEY).body())
        .isEqualTo("{\"present\":true}");
    assertThat(server.post(BASE + "/v4/checkpresent?clientuuid=c&key=SHA256--b").body())
        .isEqualTo("{\"present\":false}");
  }

  @Test
  void twoRequestsInOnePacketHaveTwoAnswersInOrder() {
    try (var client = server.client()) {
      String path = BASE + "/v4/checkpresent?clientuuid=c&key=";
      client.send(
          RawClient.request("POST", path + KEY, "")
              + RawClient.request("POST", path + "SHA256--b", ""));

      assertThat(client.read().body()).isEqualTo("{\"present\":true}");
      assertThat(client.read().body()).isEqualTo("{\"present\":false}");
    }
  }

  @Test
  void theRepositoryIsToldForWhomItIs() {
    server.post(BASE + "/v3/checkpresent?key=" + KEY + "&clientuuid=c&bypass=a&bypass=b");

    assertThat(server.store.callers()).containsExactly(new Caller("c", Set.of("a", "b"), 3));
  }

  @Test
  void otherRepositoriesThatAreConcernedAreNamed() {
    server.store.also("b-uuid");

    assertThat(
            server
                .post(BASE + "/v2/remove?key=" + KEY + "&clientuuid=c")
                .json()
                .getJsonArray("plusuuids"))
        .containsExactly("b-uuid");
    assertThat(server.post(BASE + "/v1/remove?key=" + KEY + "&clientuuid=c").body())
        .isEqualTo("{\"removed\":true}");
  }

  @Test
  void nothingIsRemovedFromItsTimeOn() {
    assertThat(
            server.post(BASE + "/v4/remove-before?clientuuid=c&timestamp=1000&key=" + KEY).json())
        .hasToString("{\"removed\":false,\"plusuuids\":[]}");
    assertThat(server.store.content(KEY)).isPresent();
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource({
    "Invalid,400",
    "Denied,403",
    "NotFound,404",
    "Conflict,500",
    "NoSpace,500",
    "Unsupported,500",
    "Failed,500",
    "Damaged,500",
    "Away,502",
    "Busy,503",
    "Bug,500"
  })
  void aFailureOfTheRepositoryIsTold(String failure, int status) {
    server.store.fail("isPresent", failure(failure));

    RawClient.Answer got = server.post(BASE + "/v4/checkpresent?clientuuid=c&key=" + KEY);

    assertThat(got.status()).isEqualTo(status);
    assertThat(got.body()).contains("the reason");
    if (status > 501) assertThat(got.header("retry-after")).isEqualTo("7");
  }

  private static RuntimeException failure(String name) {
    return switch (name) {
      case "Invalid" -> new GatewayError.Invalid("the reason");
      case "Denied" -> new GatewayError.Denied("the reason");
      case "NotFound" -> new GatewayError.NotFound("the reason");
      case "Conflict" -> new GatewayError.Conflict("the reason");
      case "NoSpace" -> new GatewayError.NoSpace("the reason");
      case "Unsupported" -> new GatewayError.Unsupported("the reason");
      case "Failed" -> new GatewayError.Failed(Scope.RESOURCE, "the reason");
      case "Damaged" -> new GatewayError.Damaged("the reason");
      case "Away" ->
          new GatewayError.Unavailable(Scope.RESOURCE, Duration.ofSeconds(7), "the reason");
      case "Busy" ->
          new GatewayError.Unavailable(Scope.MODULE, Duration.ofSeconds(7), "the reason");
      default -> new IllegalStateException("the reason");
    };
  }

  @Test
  void everyAnswerIsCounted() {
    server.post(BASE + "/v4/checkpresent?clientuuid=c&key=" + KEY);
    server.post(BASE + "/v4/checkpresent?key=" + KEY);

    assertThat(counted("checkpresent", "200")).isOne();
    assertThat(counted("checkpresent", "400")).isOne();
  }

  private long counted(String endpoint, String status) {
    return server
        .host
        .metrics()
        .counted("p2p_requests", "repository", "photos", "endpoint", endpoint, "status", status);
  }
}
