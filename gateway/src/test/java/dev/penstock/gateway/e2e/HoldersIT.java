package dev.penstock.gateway.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.testing.Peer;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What one gateway has, a second one is refused, and told who has it. */
@Timeout(120)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HoldersIT {
  @TempDir Path other = Path.of("");

  private PackagedGateway first = PackagedGateway.unstarted();

  @BeforeAll
  void startFirst(@TempDir Path folder) {
    first = PackagedGateway.withDemo(folder).start();
  }

  @AfterAll
  void stopFirst() {
    first.close();
  }

  @Test
  void stateThatIsInUseIsAConflictThatNamesTheHolder() {
    Peer.Result refusal =
        second(first.file("state"), "admin.sock", "volumes", "unix:nbd.sock").refusal();

    assertThat(refusal.exit()).isEqualTo(5);
    assertThat(refusal.text()).contains(Long.toString(first.pid()));
    assertStillServes();
  }

  @Test
  void storeThatIsInUseIsAConflictThatNamesTheHolder() {
    Peer.Result refusal =
        second(Path.of("state"), "admin.sock", first.file("volumes").toString(), "unix:nbd.sock")
            .refusal();

    assertThat(refusal.exit()).isEqualTo(5);
    assertThat(refusal.text()).contains(Long.toString(first.pid()), "volumes");
    assertStillServes();
  }

  @Test
  void adminSocketThatAnswersIsAConflictAndStays() {
    Peer.Result refusal =
        second(Path.of("state"), first.file("admin.sock").toString(), "volumes", "unix:nbd.sock")
            .refusal();

    assertThat(refusal.exit()).isEqualTo(5);
    assertThat(refusal.text()).contains("admin.sock");
    assertStillServes();
  }

  @Test
  void exportSocketThatAnswersFailsTheModuleAloneAndStays() throws Exception {
    try (PackagedGateway second =
        second(Path.of("state"), "admin.sock", "volumes", "unix:" + first.file("nbd.sock"))) {
      String reason = failureOfNbd(second);

      assertThat(reason).contains("nbd.sock");
    }
    assertStillServes();
  }

  @Test
  void portThatIsTakenFailsTheModuleAndNamesTheHolder() throws Exception {
    try (ServerSocket taken = new ServerSocket(0);
        PackagedGateway second =
            second(
                Path.of("state"),
                "admin.sock",
                "volumes",
                "tcp://127.0.0.1:" + taken.getLocalPort())) {
      String reason = failureOfNbd(second);

      assertThat(reason)
          .contains(
              Integer.toString(taken.getLocalPort()), Long.toString(ProcessHandle.current().pid()));
    }
  }

  @Test
  void socketsThatAKillLeftBehindAreReplacedAndACleanStopRemovesThem() throws Exception {
    try (PackagedGateway gateway = PackagedGateway.withDemo(other).start()) {
      gateway.kill();
      assertThat(gateway.file("nbd.sock")).exists();
      assertThat(gateway.file("admin.sock")).exists();

      gateway.start();
      gateway.connect("demo").close();
      assertThat(gateway.stop()).isZero();

      assertThat(gateway.file("nbd.sock")).doesNotExist();
      assertThat(gateway.file("admin.sock")).doesNotExist();
    }
  }

  @Test
  void filesThatAreNoSocketAreNotReplaced() throws Exception {
    Files.writeString(other.resolve("nbd.sock"), "somebody's notes");
    try (PackagedGateway second =
        second(Path.of("state"), "admin.sock", "volumes", "unix:nbd.sock")) {
      failureOfNbd(second);
    }

    assertThat(other.resolve("nbd.sock")).hasContent("somebody's notes");
  }

  private PackagedGateway second(Path state, String socket, String store, String listen) {
    return PackagedGateway.configured(
        other,
        """
        gateway: { name: test, state: "%s", plugins: plugins }
        admin: { socket: "%s" }
        stores: { disk: { kind: files, path: "%s" } }
        volumes: { demo: { store: disk, size: 1MiB } }
        modules: { nbd: { listen: "%s", exports: { demo: { volume: demo } } } }
        """
            .formatted(state, socket, store, listen));
  }

  private static String failureOfNbd(PackagedGateway gateway) throws IOException {
    gateway.launch();
    gateway.await(() ->
        gateway.admin().answers("/v1/modules/nbd", 200)
            && gateway.admin().get("/v1/modules/nbd").body().contains("failed"));
    return gateway.admin().get("/v1/modules/nbd").body();
  }

  private void assertStillServes() {
    try (NbdClient client = first.connect("demo")) {
      assertThat(client.read(0, 1)).hasSize(1);
    } catch (IOException e) {
      throw new AssertionError("the first gateway no longer serves:\n" + first.log(), e);
    }
    assertThat(first.admin().answers("/health/ready", 200)).isTrue();
  }
}
