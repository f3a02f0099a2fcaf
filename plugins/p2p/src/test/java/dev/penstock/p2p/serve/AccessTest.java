package dev.penstock.p2p.serve;

import static dev.penstock.p2p.TestServer.BASE;
import static dev.penstock.p2p.TestServer.KEY;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.p2p.RawClient;
import dev.penstock.p2p.TestServer;
import dev.penstock.p2p.access.PasswordHash;
import dev.penstock.p2p.access.Token;
import dev.penstock.spi.testing.FakeAudit;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The table of the specification, §7, over a socket. */
class AccessTest {
  private static final String TOKEN = Token.make();
  private static final Map<String, ?> USERS =
      Map.of(
          "reader", user("read"),
          "appender", user("append"),
          "writer", user("all"));

  private static Map<String, ?> user(String right) {
    return Map.of(
        "password_hash", PasswordHash.of("s3:cret", 1000).toString(),
        "tokens", right.equals("all") ? List.of(Token.of(TOKEN).toString()) : List.of(),
        "rights", Map.of("photos", right));
  }

  private static TestServer with(String anonymous, boolean users) {
    return TestServer.with(
        users ? Map.of("anonymous", anonymous, "users", USERS) : Map.of("anonymous", anonymous));
  }

  private static String basic(String user, String password) {
    return "Authorization: Basic "
        + Base64.getEncoder().encodeToString((user + ":" + password).getBytes(UTF_8));
  }

  private static RawClient.Answer ask(TestServer server, String operation, String... headers) {
    String query = "?clientuuid=c&key=" + KEY;
    return switch (operation) {
      case "read" -> server.ask("GET", BASE + "/v4/key/" + KEY, headers);
      case "lock" -> server.post(BASE + "/v4/lockcontent" + query, headers);
      case "write" -> server.post(BASE + "/v4/putoffset" + query, headers);
      default -> server.post(BASE + "/v4/remove" + query, headers);
    };
  }

  @ParameterizedTest(name = "anonymous {0}, users {1}, {2}: {3} is {4}")
  @CsvSource({
    "none,true,anonymous,read,401",
    "none,true,anonymous,lock,401",
    "none,true,wrong,read,401",
    "none,true,wrong,remove,401",
    "none,false,anonymous,read,403",
    "read,true,anonymous,read,200",
    "read,true,anonymous,lock,200",
    "read,true,anonymous,write,401",
    "read,true,anonymous,remove,401",
    "read,false,anonymous,write,403",
    "append,true,anonymous,write,200",
    "append,true,anonymous,remove,401",
    "all,false,anonymous,remove,200",
    "read,true,wrong,read,200",
    "read,true,wrong,remove,403",
    "read,true,reader,read,200",
    "read,true,reader,lock,200",
    "read,true,reader,remove,403",
    "none,true,reader,read,200",
    "none,true,reader,write,403",
    "none,true,appender,write,200",
    "none,true,appender,remove,403",
    "none,true,writer,remove,200"
  })
  void everySituationHasItsStatus(
      String anonymous, boolean users, String who, String operation, int status) {
    try (var server = with(anonymous, users)) {
      RawClient.Answer got =
          switch (who) {
            case "anonymous" -> ask(server, operation);
            case "wrong" -> ask(server, operation, basic("reader", "wrong"));
            default -> ask(server, operation, basic(who, "s3:cret"));
          };

      assertThat(got.status()).isEqualTo(status);
      if (status == 401)
        assertThat(got.header("www-authenticate"))
            .isEqualTo("Basic realm=\"git-annex\", charset=\"UTF-8\"");
    }
  }

  @Test
  void theSameConnectionGoesOnAfterBothRefusals() {
    try (var server = with("read", true);
        var client = server.client()) {
      String remove = BASE + "/v4/remove?clientuuid=c&key=" + KEY;
      assertThat(client.post(remove).status()).isEqualTo(401);
      assertThat(client.post(remove, basic("reader", "s3:cret")).status()).isEqualTo(403);
      assertThat(client.post(remove, basic("writer", "s3:cret")).status()).isEqualTo(200);
    }
  }

  @Test
  void aPutThatIsRefusedLeavesTheConnectionToTheNext() {
    try (var server = with("read", true);
        var client = server.client()) {
      String[] length = {"X-git-annex-data-length: 100000"};
      String put = BASE + "/v4/put?clientuuid=c&key=SHA256--new";
      assertThat(client.ask("POST", put, "x".repeat(100_000), length).status()).isEqualTo(401);

      String[] known = {"X-git-annex-data-length: 100000", basic("appender", "s3:cret")};
      assertThat(client.ask("POST", put, "x".repeat(100_000), known).status()).isEqualTo(200);
      assertThat(server.store.content("SHA256--new")).isPresent();
    }
  }

  @Test
  void aTokenIsBearerOrPassword() {
    try (var server = with("none", true)) {
      assertThat(ask(server, "read", "Authorization: Bearer " + TOKEN).status()).isEqualTo(200);
      assertThat(ask(server, "read", basic("writer", TOKEN)).status()).isEqualTo(200);
      assertThat(ask(server, "read", basic("reader", TOKEN)).status()).isEqualTo(401);
      assertThat(ask(server, "read", "Authorization: Bearer x" + TOKEN).status()).isEqualTo(401);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"Basic", "Basic !!!", "Basic YWJj", "Bearer", "Digest x", "nonsense"})
  void aHeaderThatCannotBeReadIsABadRequest(String header) {
    try (var server = with("all", true)) {
      assertThat(ask(server, "read", "Authorization: " + header).status()).isEqualTo(400);
    }
  }

  @Test
  void whoIsKnownIsToldWhatIsMissingAndItIsNoted() {
    try (var server = with("none", true)) {
      RawClient.Answer got = ask(server, "remove", basic("appender", "s3:cret"));

      assertThat(got.body())
          .isEqualTo("appender has not the right to remove in photos; it takes all");
      assertThat(server.host.audit().notes())
          .singleElement()
          .satisfies(note -> {
            assertThat(note.action()).isEqualTo("refused");
            assertThat(note.details())
                .containsEntry("user", "appender")
                .containsEntry("status", "403")
                .doesNotContainValue("s3:cret");
          });
    }
  }

  @Test
  void wrongCredentialsAreNotedAndTheirLackIsNot() {
    try (var server = with("none", true)) {
      ask(server, "read");
      assertThat(server.host.audit().notes()).isEmpty();

      ask(server, "read", basic("reader", "wrong"));
      assertThat(server.host.audit().notes()).hasSize(1);
    }
  }

  @Test
  void locksOfReadersCanBeSwitchedOff() {
    try (var server =
        TestServer.with(
            Map.of(
                "anonymous",
                "read",
                "repositories",
                Map.of("photos", Map.of("kind", "memory", "readers_lock", "no"))))) {
      assertThat(ask(server, "lock").status()).isEqualTo(403);
      assertThat(ask(server, "read").status()).isEqualTo(200);
    }
  }

  @Test
  void aRepositorySaysForItselfWhatAnybodyMay() {
    try (var server =
        TestServer.with(
            Map.of(
                "anonymous",
                "all",
                "repositories",
                Map.of("photos", Map.of("kind", "memory", "anonymous", "none"))))) {
      assertThat(ask(server, "read").status()).isEqualTo(403);
    }
  }

  @Test
  void aPutOfSomebodyKnownIsNotedUnderTheName() {
    try (var server = with("none", true);
        var client = server.client()) {
      String[] headers = {"X-git-annex-data-length: 1", basic("appender", "s3:cret")};
      client.ask("POST", BASE + "/v4/put?clientuuid=c&key=SHA256--n", "x", headers);

      assertThat(server.host.audit().notes())
          .extracting(FakeAudit.Note::details)
          .singleElement()
          .satisfies(details -> assertThat(details).containsEntry("user", "appender"));
    }
  }
}
