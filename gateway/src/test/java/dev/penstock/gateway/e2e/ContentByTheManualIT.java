package dev.penstock.gateway.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.gateway.house.Repository;
import dev.penstock.spi.testing.Peer;
import dev.penstock.spi.testing.Trixie;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The commands of the manual that serve a repository and use it, as they stand there: those of git
 * by the peers' own git-annex.
 */
@Timeout(180)
class ContentByTheManualIT {
  private static final Pattern BLOCK = Pattern.compile("(?s)```sh\n(.*?)```");
  private static final Duration LIMIT = Duration.ofSeconds(60);

  private static final Map<String, String> SOCKET =
      Map.of("annex.yaml", "admin.sock", "annex-cluster.yaml", "cluster-admin.sock");

  /** For the socket, whose path would be too long in the chroot. */
  @TempDir Path outside;

  @SuppressWarnings("NullAway.Init") // before each test
  private Trixie.Folder folder;

  private final int port = freePort();

  @BeforeEach
  void make() throws IOException {
    folder = Trixie.folder();
    for (String below : List.of("conf", "data/annex")) Files.createDirectories(folder.file(below));
    for (String sample : List.of("annex.yaml", "annex-cluster.yaml"))
      Files.writeString(
          folder.file("conf").resolve(sample),
          Repository.read("conf/" + sample)
              .replace("9417", String.valueOf(port))
              .replace("9418", String.valueOf(port))
              .replace("../plugins", PackagedGateway.home() + "/plugins")
              .replace("../data/annex/" + SOCKET.get(sample), socket().toString()));
  }

  @AfterEach
  void end() {
    folder.close();
  }

  @Test
  void aRepositoryIsServedAndUsed() {
    List<List<String>> blocks = blocks();
    List<String> server = blocks.get(0);
    server.subList(0, 2).forEach(this::done);

    try (Peer.Running gateway = start(server.get(2))) {
      String said = String.join("\n", blocks.get(1).stream().map(this::done).toList());

      assertThat(said).contains("(2 copies)", "photos", "served");
      assertThat(gateway.isAlive()).isTrue();
    }
    done("cd data/annex/photos && git annex fsck --all");
  }

  @Test
  void aClusterIsServedAndUsed() {
    blocks().get(1).subList(0, 3).forEach(this::done); // a client, and nothing in it
    List<String> server = blocks().get(2);
    server.subList(0, server.size() - 1).forEach(this::done);

    try (Peer.Running gateway = start(server.getLast())) {
      String said = String.join("\n", blocks().get(3).stream().map(this::done).toList());

      assertThat(said).contains("(3 copies)", "disk1", "disk2");
      assertThat(gateway.isAlive()).isTrue();
    }
    for (String disk : List.of("disk1", "disk2"))
      assertThat(done("git -C data/annex/%s annex fsck --all".formatted(disk))).contains("ok");
  }

  private static List<List<String>> blocks() {
    String manual = Repository.read("plugins/p2p/README.md");
    return BLOCK
        .matcher(manual.substring(manual.indexOf("## Try it")))
        .results()
        .map(found -> found.group(1).lines().toList())
        .limit(4)
        .toList();
  }

  private Path socket() {
    return outside.resolve("admin.sock");
  }

  private Peer.Running start(String line) {
    Peer.Running gateway = Peer.start("sh", "-c", outside("exec " + line));
    Awaitility.await()
        .atMost(LIMIT)
        .failFast("the gateway ended", () -> !gateway.isAlive())
        .until(() -> Files.exists(socket()));
    return gateway;
  }

  private String done(String line) {
    Peer.Result result =
        line.startsWith("penstock ") ? Peer.call("sh", "-c", outside(line)) : inside(line);
    assertThat(result.exit()).as("%s: %s", line, result.text()).isZero();
    return result.out();
  }

  private String outside(String line) {
    return "cd %s && export PENSTOCK_STOP_WITH_PARENT=true PATH=%s:$PATH && %s"
        .formatted(
            folder.path(),
            PackagedGateway.home().resolve("bin"),
            line.replace("data/annex/admin.sock", socket().toString()));
  }

  private Peer.Result inside(String line) {
    return Peer.call(
        Trixie.command(
            "/usr/bin/env",
            "HOME=" + folder.inside("."),
            "LC_ALL=C.UTF-8",
            "GIT_AUTHOR_NAME=penstock",
            "GIT_AUTHOR_EMAIL=p@localhost",
            "GIT_COMMITTER_NAME=penstock",
            "GIT_COMMITTER_EMAIL=p@localhost",
            "sh",
            "-c",
            "cd %s && %s"
                .formatted(
                    folder.inside("."),
                    line.replace("9417", String.valueOf(port))
                        .replace("9418", String.valueOf(port)))));
  }

  private static int freePort() {
    try (var free = new ServerSocket(0)) {
      return free.getLocalPort();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
