package dev.penstock.p2p.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.p2p.TestServer;
import dev.penstock.p2p.TestStore;
import dev.penstock.p2p.access.Right;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.testing.TestSettings;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class P2pConfigTest {
  private static final String CLUSTER = "ac22a1de-3c5b-8a1c-9f10-0242ac120002";

  private final Problems problems = new Problems();

  private P2pConfig read(Map<String, ?> settings) {
    var kinds = new Kinds(TestServer.kinds(List.of(new TestStore())));
    return P2pConfig.read(TestSettings.block("modules.p2p", settings), kinds, problems);
  }

  private List<String> problemsOf(Map<String, ?> settings) {
    read(settings);
    return problems.inOrder().stream().map(Problems.Problem::what).toList();
  }

  @Test
  void nothingWrittenIsLoopbackAndNobodyMayAnything() {
    P2pConfig config = read(Map.of("repositories", Map.of("a", Map.of("kind", "memory"))));

    assertThat(problems.inOrder()).isEmpty();
    assertThat(config.listen())
        .singleElement()
        .satisfies(one -> assertThat(one.address()).hasToString("tcp://127.0.0.1:9417"));
    assertThat(config.repositories().getFirst().served().anonymous()).isEqualTo(Right.NONE);
    assertThat(config.limits()).isEqualTo(Limits.DEFAULTS);
  }

  @Test
  void theKindReadsWhatIsNotForUs() {
    P2pConfig config =
        read(
            Map.of(
                "repositories",
                Map.of("a", Map.of("kind", "memory", "path", "/srv/a", "anonymous", "read"))));

    assertThat(problems.inOrder()).isEmpty();
    assertThat(config.repositories().getFirst().store().keys()).containsExactly("path");
  }

  @Test
  void everyProblemIsReportedAtOnceWithItsPlace() {
    List<String> found =
        problemsOf(
            Map.of(
                "anonymous",
                "everything",
                "base_path",
                "x",
                "repositories",
                Map.of(
                    "a b", Map.of("kind", "memory"),
                    "b", Map.of("kind", "memori"),
                    "c", Map.of("kind", "memory", "pth", "/srv"),
                    "d", Map.of("anonymous", "some")),
                "limits",
                Map.of("locks", "0", "idle", "1ms")));

    assertThat(found)
        .anyMatch(what -> what.contains("\"everything\"; it takes none, read, append or all"))
        .anyMatch(what -> what.contains("base_path"))
        .anyMatch(what -> what.contains("\"a b\" is no name"))
        .anyMatch(what -> what.contains("the kind memori; did you mean memory?"))
        .anyMatch(what -> what.contains("pth is no key of modules.p2p.repositories.c"))
        .anyMatch(what -> what.contains("kind is missing"))
        .anyMatch(what -> what.contains("\"some\""))
        .anyMatch(what -> what.contains("locks is 0; it takes 1 to"))
        .anyMatch(what -> what.contains("idle is 1 ms"))
        .hasSize(9);
  }

  @Test
  void clustersAreOfRepositoriesAndHaveUuidsOfTheirOwn() {
    List<String> found =
        problemsOf(
            Map.of(
                "repositories", Map.of("a", Map.of("kind", "memory")),
                "clusters",
                    Map.of(
                        "all", Map.of("uuid", CLUSTER, "nodes", List.of("a")),
                        "wrong", Map.of("uuid", TestStore.UUID, "nodes", List.of("a", "b", "a")),
                        "none", Map.of("uuid", CLUSTER))));

    assertThat(found)
        .anyMatch(what -> what.contains("begins with ac"))
        .anyMatch(what -> what.contains("there is no repository \"b\""))
        .anyMatch(what -> what.contains("a is there twice"))
        .anyMatch(what -> what.contains("nodes takes one at least"))
        .anyMatch(what -> what.contains("another cluster has the uuid"))
        .hasSize(5);
  }

  @Test
  void usersHaveSecretsThatCanBeReadAndRightsInWhatThereIs() {
    List<String> found =
        problemsOf(
            Map.of(
                "repositories", Map.of("a", Map.of("kind", "memory")),
                "users",
                    Map.of(
                        "alice", Map.of("password_hash", "s3cret", "rights", "all"),
                        "bob", Map.of("rights", Map.of("b", "read")),
                        "c:d", Map.of("tokens", List.of("sha256$" + "0".repeat(64))))));

    assertThat(found)
        .anyMatch(what -> what.contains("password_hash takes pbkdf2-sha256$"))
        .noneMatch(what -> what.contains("s3cret"))
        .anyMatch(what -> what.contains("neither a password_hash nor a token"))
        .anyMatch(what -> what.contains("there is no repository \"b\""))
        .anyMatch(what -> what.contains("\"c:d\" is no name of a user"))
        .hasSize(4);
  }

  @Test
  void oneWordIsTheRightEverywhere() {
    P2pConfig config =
        read(
            Map.of(
                "users",
                Map.of(
                    "alice",
                    Map.of("tokens", List.of("sha256$" + "0".repeat(64)), "rights", "append"))));

    assertThat(problems.inOrder()).isEmpty();
    assertThat(config.users().getFirst().right("anything")).isEqualTo(Right.APPEND);
  }

  @Test
  void tlsNeedsBothFilesAndAListenerOfTlsNeedsTheBlock() {
    List<String> found =
        problemsOf(
            Map.of(
                "listen",
                List.of(Map.of("address", "tcp://127.0.0.1:0", "tls", "on"), "unix:a.sock")));

    assertThat(found).singleElement().asString().contains("no tls block");
    assertThat(problemsOf(Map.of("tls", Map.of("certificate", "a.pem"))))
        .anyMatch(what -> what.contains("key is missing"));
  }
}
