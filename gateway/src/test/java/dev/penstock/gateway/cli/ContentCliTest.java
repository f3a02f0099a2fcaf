package dev.penstock.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.gateway.ExitCode;
import dev.penstock.gateway.admin.FakeSubjects;
import dev.penstock.gateway.admin.TestAdmin;
import dev.penstock.spi.admin.Call;
import dev.penstock.spi.admin.Reply;
import dev.penstock.spi.admin.Role;
import dev.penstock.spi.admin.Route;
import dev.penstock.spi.admin.Route.Method;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What operators type about content and its users, and what they read; the module is a stand-in.
 */
@SuppressWarnings("NullAway.Init") // made before each test
class ContentCliTest {
  @TempDir Path folder;

  private final List<String> asked = new ArrayList<>();
  private TestAdmin admin;

  @BeforeEach
  void start() {
    admin = new TestAdmin(folder, new FakeSubjects());
    admin.mount(
        "p2p",
        List.of(
            get("/v1/p2p/repositories", "repositories", repository().put("pool", pool())),
            get("/v1/p2p/clusters", "clusters", cluster()),
            get("/v1/p2p/users", "users", user()),
            get("/v1/p2p/locks", "locks", new JsonObject().put("lock", "l1").put("key", "WORM--a")),
            noted(Method.PUT, "/v1/p2p/users/{user}"),
            noted(Method.DELETE, "/v1/p2p/users/{user}"),
            noted(Method.POST, "/v1/p2p/users/{user}/tokens"),
            noted(Method.DELETE, "/v1/p2p/users/{user}/tokens/{token}"),
            noted(Method.DELETE, "/v1/p2p/locks/{lock}")));
  }

  @AfterEach
  void stop() {
    admin.close();
  }

  private static Route get(String path, String name, JsonObject one) {
    return new Route(
        Method.GET,
        path,
        Role.READER,
        _ -> Future.succeededFuture(Reply.items(name, List.of(one).iterator())));
  }

  private Route noted(Method method, String path) {
    return new Route(
        method,
        path,
        Role.ADMIN,
        call -> {
          asked.add("%s %s %s".formatted(method, path, sent(call)));
          return Future.succeededFuture(
              Reply.ok(new JsonObject().put("id", "t1").put("token", "secret")));
        });
  }

  private static String sent(Call call) {
    return call.body().encode();
  }

  private static JsonObject repository() {
    return new JsonObject()
        .put("name", "photos")
        .put("kind", "annex")
        .put("state", "served")
        .put("uuid", "u-1")
        .put("anonymous", "read")
        .put("sent_bytes", 1 << 20);
  }

  private static JsonObject pool() {
    return new JsonObject()
        .put("size", 16)
        .put("keeps", 3)
        .put("in_use", 5)
        .put("idle", 2)
        .put("waiting", 7)
        .put("evicted", 11);
  }

  private static JsonObject cluster() {
    var node =
        new JsonObject()
            .put("name", "photos")
            .put("state", "served")
            .put("transfers", 4)
            .put("errors", 0.5);
    return repository().put("name", "both").put("nodes", new JsonArray().add(node));
  }

  private static JsonObject user() {
    return new JsonObject()
        .put("name", "alice")
        .put("configured", false)
        .put("tokens", new JsonArray().add("t1"))
        .put("rights", new JsonObject().put("photos", "all"));
  }

  private Typed type(String line) {
    return Typed.line(admin, line, Optional.empty());
  }

  @Test
  void listsWhatIsServed() {
    assertThat(type("content list").out()).contains("photos", "both", "annex", "u-1", "1MiB");
  }

  @Test
  void listsConnectionsAndNodesUnderWhatIsServed() {
    assertThat(type("content list").out().lines().map(line -> line.replaceAll(" +", " ")))
        .containsSubsequence(
            "",
            "REPOSITORY CONNECTIONS MAX IN USE IDLE IDLE MAX NOW WAITING EVICTED",
            "photos 16 5 2 3 7 11",
            "",
            "CLUSTER NODE STATE NOW ERRORS LATELY",
            "both photos served 4 0.5");
  }

  @Test
  void whatHasNeitherConnectionsNorNodesIsOneTable() {
    admin.close();
    admin = new TestAdmin(folder, new FakeSubjects());
    admin.mount(
        "p2p",
        List.of(
            get("/v1/p2p/repositories", "repositories", repository()),
            get("/v1/p2p/clusters", "clusters", repository().put("name", "both"))));

    assertThat(type("content list").out().lines()).hasSize(3);
  }

  @Test
  void listsUsersAndWhatTheyMay() {
    assertThat(type("user list").out()).contains("alice", "t1", "photos all");
  }

  @Test
  void listsLocksAndEndsOne() {
    assertThat(type("content locks").out()).contains("l1", "WORM--a");
    assertThat(type("content unlock l1 --yes").out()).contains("ended l1");
    assertThat(asked).containsExactly("DELETE /v1/p2p/locks/{lock} {}");
  }

  @Test
  void aPasswordComesFromAFileAndNothingIsSentThatWasNotGiven() throws IOException {
    Path file = Files.writeString(folder.resolve("password"), "s3cret\nmore\n");

    assertThat(type("user set alice --password-file " + file).exit()).isEqualTo(ExitCode.DONE);
    assertThat(type("user set alice --right photos=all --right *=read").exit())
        .isEqualTo(ExitCode.DONE);

    assertThat(asked)
        .containsExactly(
            "PUT /v1/p2p/users/{user} {\"password\":\"s3cret\"}",
            "PUT /v1/p2p/users/{user} {\"rights\":{\"photos\":\"all\",\"*\":\"read\"}}");
  }

  @Test
  void aUserThatNothingIsSaidOfIsAMistake() {
    assertThat(type("user set alice").exit()).isEqualTo(ExitCode.USAGE);
    assertThat(asked).isEmpty();
  }

  @Test
  void aTokenIsWrittenOnceAndRevoked() {
    assertThat(type("user token alice").out()).contains("secret");
    assertThat(type("user revoke alice t1").out()).contains("revoked t1");
    assertThat(type("user remove alice --yes").out()).contains("removed alice");
  }
}
