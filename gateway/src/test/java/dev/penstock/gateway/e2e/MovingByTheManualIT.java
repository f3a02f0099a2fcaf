package dev.penstock.gateway.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.gateway.house.Repository;
import dev.penstock.spi.testing.Peer;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The commands of the manual that move a volume while a client writes it, as they stand there. */
@Timeout(180)
class MovingByTheManualIT {
  private static final Pattern BLOCK = Pattern.compile("(?s)```sh\n(penstock .*?)```");
  private static final Duration LIMIT = Duration.ofSeconds(60);

  @TempDir Path folder;
  private final List<Peer.Running> running = new ArrayList<>();
  private final int sourcePort = freePort();
  private final int destinationPort = freePort();

  @Test
  void aVolumeGoesThereAndBackUnderItsClient() throws Exception {
    Peer.require("fio", "nbdinfo");
    copy("migrate-source.yaml");
    copy("migrate-destination.yaml");
    List<List<String>> blocks = blocks();
    List<String> toStart = blocks.getFirst();

    start(toStart.get(0));
    awaitRunning("destination");
    start(toStart.get(1));
    awaitRunning("source");
    Peer.Running client = start(toStart.get(2).replace("--runtime=60", "--runtime=3600"));
    List<String> said = blocks.get(1).stream().map(this::done).toList();
    client.terminate();
    Peer.Result written = client.await(LIMIT);

    assertThat(said.get(0)).contains("demo to destination: done", "clients waited");
    assertThat(said.get(2)).contains("gone", "destination");
    assertThat(said.get(3).strip()).isEqualTo("1073741824");
    assertThat(said.get(4)).contains("demo to source: done");
    assertThat(written.text()).contains("err= 0");
  }

  @AfterEach
  void stop() {
    running.reversed().forEach(Peer.Running::terminate);
    running.reversed().forEach(one -> one.await(LIMIT));
  }

  private void copy(String sample) throws IOException {
    Path conf = Files.createDirectories(folder.resolve("conf"));
    Files.writeString(
        conf.resolve(sample),
        withPorts(Repository.read("conf/" + sample))
            .replace("../plugins", PackagedGateway.home() + "/plugins"));
  }

  private String withPorts(String text) {
    return text.replace("10809", String.valueOf(sourcePort))
        .replace("10810", String.valueOf(destinationPort));
  }

  /** Of the section about moving, line by line. */
  private static List<List<String>> blocks() {
    String manual = Repository.read("plugins/replication/README.md");
    Matcher block = BLOCK.matcher(manual.substring(manual.indexOf("## Moving a volume")));
    return block.results().map(found -> found.group(1).lines().toList()).limit(2).toList();
  }

  private Peer.Running start(String line) {
    Peer.Running one = Peer.start("sh", "-c", inFolder("exec " + line));
    running.add(one);
    return one;
  }

  private String done(String line) {
    Peer.Result result = Peer.call("sh", "-c", inFolder(line));
    assertThat(result.exit()).as("%s: %s", line, result.text()).isZero();
    return result.out();
  }

  private String inFolder(String line) {
    return "cd %s && export PENSTOCK_STOP_WITH_PARENT=true PATH=%s:$PATH && %s"
        .formatted(folder, PackagedGateway.home().resolve("bin"), withPorts(line));
  }

  private void awaitRunning(String name) {
    Path socket = folder.resolve("data").resolve(name).resolve("admin.sock");
    Awaitility.await(name).atMost(LIMIT).until(() -> Files.exists(socket));
  }

  private static int freePort() {
    try (var free = new ServerSocket(0)) {
      return free.getLocalPort();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
