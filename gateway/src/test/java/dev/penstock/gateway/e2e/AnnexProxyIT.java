package dev.penstock.gateway.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.testing.Peer;
import dev.penstock.spi.testing.Trixie;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Real git-annex clients reach repositories that the gateway itself only reaches, and clusters of
 * them.
 */
@Timeout(300)
class AnnexProxyIT {
  @TempDir Path home = Path.of("");

  @SuppressWarnings("NullAway.Init") // before each test
  private Trixie.Folder folder;

  @SuppressWarnings("NullAway.Init") // before each test
  private AnnexRepository client;

  @SuppressWarnings("NullAway.Init") // before each test
  private AnnexRepository far;

  @BeforeEach
  void make() {
    folder = Trixie.folder();
    client = AnnexRepository.init(folder, "client");
    far = AnnexRepository.init(folder, "far");
  }

  @AfterEach
  void end() {
    folder.close();
  }

  private String shell(AnnexRepository repository, String name) {
    return "%s: { kind: shell, command: %s, directory: %s, uuid: %s, anonymous: all }\n"
        .formatted(name, repository.shellWords(), repository.inside(), repository.uuid());
  }

  private static String annex(AnnexRepository repository, String name) {
    return "%s: { kind: annex, path: %s, anonymous: all }\n".formatted(name, repository.path());
  }

  private static String repositories(String... each) {
    return "repositories:\n" + String.join("", each).indent(2);
  }

  private void worksAsItWereHere(AnnexRepository there) {
    String key = client.add("file", 300_000);
    client.run("git annex copy --to gw file");
    assertThat(there.has(key)).isTrue();
    client.run("git annex drop file");
    client.run("git annex get file");
    client.run("git annex drop --from gw file");
    assertThat(there.has(key)).isFalse();
    client.run("git annex move --to gw file && git annex move --from gw file");
    client.fsck();
    there.knowing(client).fsck();
  }

  @Test
  void aRepositoryIsReachedThroughAProcess() {
    try (var gateway = AnnexGateway.serving(home, repositories(shell(far, "far")))) {
      client.remote("gw", far.uuid(), gateway.url());

      worksAsItWereHere(far);
    }
  }

  @Test
  void aRepositoryIsReachedThroughGitAnnexsOwnServer() throws IOException {
    int port = freePort();
    try (var server =
        far.start(
            "exec git-annex p2phttp --bind 127.0.0.1 --port %d -J8 --wideopen".formatted(port))) {
      Awaitility.await().atMost(Peer.LIMIT).until(() -> server.isAlive() && listens(port));
      String there =
          "far: { kind: p2phttp, url: \"annex+http://127.0.0.1:%d/\", uuid: %s, anonymous: all }\n"
              .formatted(port, far.uuid());
      try (var gateway = AnnexGateway.serving(home, repositories(there))) {
        client.remote("gw", far.uuid(), gateway.url());

        worksAsItWereHere(far);
      }
    }
  }

  private static int freePort() throws IOException {
    try (var probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return probe.getLocalPort();
    }
  }

  private static boolean listens(int port) {
    try (var probe = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return probe.isConnected();
    } catch (IOException _) {
      return false;
    }
  }

  private static final String CLUSTER = "ac3c9f4e-0a1b-8c2d-9e3f-4a5b6c7d8e9f";

  private String cluster() {
    return "clusters: { both: { uuid: %s, nodes: [near, far], anonymous: all } }\n"
        .formatted(CLUSTER);
  }

  @Test
  void whatIsPutIntoAClusterIsInAllItsNodes() {
    AnnexRepository near = AnnexRepository.initBare(folder, "near");
    String settings = repositories(annex(near, "near"), shell(far, "far")) + cluster();
    try (var gateway = AnnexGateway.serving(home, settings)) {
      client.knowingCluster(CLUSTER, near, far).remote("gw", CLUSTER, gateway.url());
      client.remote("n", near.uuid(), gateway.url()).remote("f", far.uuid(), gateway.url());
      String key = client.add("file", 300_000);

      client.run("git annex copy --to gw file");
      assertThat(near.has(key)).isTrue();
      assertThat(far.has(key)).isTrue();
      client.run("git annex drop file"); // both nodes are locked meanwhile
      client.run("git annex get --from gw file");
      client.run("git annex drop --from gw file");

      assertThat(near.has(key)).isFalse();
      assertThat(far.has(key)).isFalse();
      assertThat(gateway.gateway().cli("content", "list").out())
          .as("the connections to the one, and both as nodes")
          .containsPattern("(?m)^far +16 +0 ")
          .containsPattern("(?m)^both +near +served +0 +0")
          .containsPattern("(?m)^both +far +served +0 +0");
    }
    client.fsck();
    near.knowing(client).fsck();
    far.knowing(client).fsck();
  }

  @Test
  void whatIsPutIntoAClusterGoesToTheNodesThatWantItAndToAllIfNoneDoes() {
    AnnexRepository near = AnnexRepository.initBare(folder, "near");
    String settings = repositories(annex(near, "near"), annex(far, "far")) + cluster();
    try (var gateway = AnnexGateway.servingWithGitAnnex(home, settings)) {
      client.knowingCluster(CLUSTER, near, far).remote("gw", CLUSTER, gateway.url());
      near.run("git annex wanted . 'include=*.jpg'");
      far.run("git annex group . archive && git annex wanted . 'standard and exclude=*.jpg'");
      String photo = client.add("a photo.jpg", 1000);
      String text = client.add("text", 1000);

      client.run("git annex copy --to gw .");
      assertThat(List.of(near.has(photo), far.has(photo))).containsExactly(true, false);
      assertThat(List.of(near.has(text), far.has(text))).containsExactly(false, true);

      near.run("git annex wanted . nothing");
      far.run("git annex wanted . nothing");
      String unwanted = client.add("unwanted.jpg", 1000);
      client.run("git annex copy --to gw unwanted.jpg");
      assertThat(List.of(near.has(unwanted), far.has(unwanted))).containsOnly(true);
    }
    client.fsck();
    near.knowing(client).fsck();
    far.knowing(client).fsck();
  }

  @Test
  void aClusterWithANodeThatIsDownTakesAndGivesAndDropsNothing() {
    AnnexRepository near = AnnexRepository.init(folder, "near");
    String gone =
        "far: { kind: shell, command: [\"false\"], directory: /nowhere, uuid: %s, anonymous: all }\n"
            .formatted(far.uuid());
    String settings = repositories(annex(near, "near"), gone) + cluster();
    try (var gateway = AnnexGateway.serving(home, settings)) {
      client.knowingCluster(CLUSTER, near, far).remote("gw", CLUSTER, gateway.url());
      String key = client.add("file", 300_000);

      client.run("git annex copy --to gw file");
      assertThat(near.has(key)).isTrue();
      client.run("git annex drop --force file && git annex get file");

      Peer.Result dropped = client.call("git annex drop --from gw file");
      assertThat(dropped.exit()).as(dropped.text()).isNotZero();
    }
    client.fsck();
    near.knowing(client).fsck();
  }
}
