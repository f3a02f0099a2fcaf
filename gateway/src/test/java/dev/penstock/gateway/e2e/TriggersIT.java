package dev.penstock.gateway.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.testing.Peer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What makes a job of the distribution run, and what runs around the snapshots that it takes. */
@Timeout(300)
class TriggersIT {
  @TempDir Path folder;

  private PackagedGateway gateway = PackagedGateway.unstarted();

  private void start(String hooks, String job) {
    gateway =
        PackagedGateway.serving(
                folder,
                """
                stores: { disk: { kind: files, path: volumes }, usb: { kind: files, path: usb } }
                volumes: { vm: { store: disk, size: 1MiB } }
                snapshots: { hooks: { %s } }
                modules: { replication: { jobs: { demo: { volumes: [vm], %s } } } }
                """
                    .formatted(hooks, job))
            .start();
  }

  @AfterEach
  void stop() {
    gateway.close();
  }

  private List<String> snapshots(String volume) throws IOException {
    return TwoSites.snapshots(gateway, volume).stream()
        .map(one -> ((JsonObject) one).getString("snapshot"))
        .toList();
  }

  @Test
  void aJobRunsWhenItsCronSays() {
    start("", "cron: \"* * * * * *\", snapshots: { prefix: every- }");
    gateway.await(() -> snapshots("vm").stream().anyMatch(name -> name.startsWith("every-")));
  }

  @Test
  void aSnapshotThatSomebodyTakesIsCopiedAtOnce() throws Exception {
    start("", "on_snapshot: true, local: true, store: usb, below: usb.");
    assertThat(gateway.cli("snapshot", "create", "vm@monday").exit()).isZero();
    gateway.await(() -> snapshots("usb.vm").contains("monday"));
  }

  @Test
  void theHooksOfAJobsSnapshotRunBeforeAndAfterIt() throws Exception {
    Path said = folder.resolve("said");
    start(script("echo $PENSTOCK_HOOK $PENSTOCK_SNAPSHOT >> " + said), "snapshots: {}");

    Peer.Result run = gateway.cli("job", "run", "demo", "--wait");

    assertThat(run.exit()).as(run.text()).isZero();
    String taken = "vm@" + snapshots("vm").getFirst();
    assertThat(Files.readAllLines(said)).containsExactly("pre " + taken, "post " + taken);
  }

  @Test
  void aHookThatIsRequiredAndFailsIsAFailureOfTheJobAndNoSnapshot() throws Exception {
    start(script("test $PENSTOCK_HOOK = post"), "snapshots: {}");

    assertThat(gateway.cli("job", "run", "demo", "--wait").exit()).isNotZero();

    assertThat(snapshots("vm")).isEmpty();
  }

  /** A hook that runs this. */
  private String script(String line) throws IOException {
    Path script = Files.writeString(folder.resolve("hook"), "#!/bin/sh\n" + line + "\n");
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
    return "quiet: { command: [\"%s\"] }".formatted(script);
  }
}
