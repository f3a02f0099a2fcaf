package dev.penstock.gateway.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.testing.Peer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two gateways of the distribution: one has the volumes, the other their copies. Copies are
 * compared byte by byte, as real clients see them.
 */
@Timeout(300)
class ReplicationIT {
  private static final int SIZE_BYTES = 8 << 20;

  @TempDir Path folder;

  private PackagedGateway home = PackagedGateway.unstarted();
  private PackagedGateway away = PackagedGateway.unstarted();

  @BeforeEach
  void start() {
    // The sockets' folders come first: each is the other's peer.
    Path homeFolder = folder.resolve("home");
    Path awayFolder = folder.resolve("away");
    home =
        PackagedGateway.serving(
            homeFolder,
            """
            stores: { disk: { kind: files, path: volumes }, usb: { kind: files, path: usb } }
            volumes: { vm: { store: disk, size: 8MiB } }
            modules:
              nbd: { listen: "unix:nbd.sock", exports: { vm: { volume: vm, snapshots: true } } }
              replication:
                listen: [ { address: "unix:from-away.sock", peer: away } ]
                peers:
                  away:
                    at: "unix:%s/from-home.sock"
                    push: { below: away., home: home., store: disk, volumes: ["*"], may_roll_back: true }
                    pull: { volumes: ["vm"] }
                jobs:
                  offsite: { push: away, volumes: ["vm"], snapshots: { prefix: auto- } }
                  usb: { local: true, store: usb, below: usb., volumes: ["vm"] }
                  doomed: { push: away, volumes: ["doomed"] }
            """
                .formatted(awayFolder));
    away =
        PackagedGateway.serving(
            awayFolder,
            """
            stores: { disk: { kind: files, path: volumes } }
            modules:
              nbd: { listen: "unix:nbd.sock" }
              replication:
                listen: [ { address: "unix:from-home.sock", peer: home } ]
                peers:
                  home:
                    at: "unix:%s/from-away.sock"
                    push: { below: home., store: disk, volumes: ["*"] }
                jobs:
                  back: { push: home, volumes: ["home.vm"], diverged: keep_and_clone, snapshots: { prefix: away- } }
                  fetched: { pull: home, store: disk, below: fetched., volumes: ["vm"] }
              pruner:
                policies:
                  received: { volumes: ["home.doomed"], at_least: 3, keep: [ { last: { count: 1 } } ] }
            """
                .formatted(homeFolder));
    home.start();
    away.start();
  }

  @AfterEach
  void stop() {
    home.close();
    away.close();
  }

  private static byte[] random(int seed, int bytes) {
    byte[] random = new byte[bytes];
    new Random(seed).nextBytes(random);
    return random;
  }

  private static void write(PackagedGateway gateway, String export, long offset, byte[] bytes)
      throws IOException {
    try (NbdClient client = gateway.connect(export)) {
      for (int at = 0; at < bytes.length; at += 1 << 20) {
        byte[] piece =
            java.util.Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + (1 << 20)));
        assertThat(client.write(offset + at, piece, 0)).isZero();
      }
      assertThat(client.flush()).isZero();
    }
  }

  private static byte[] read(PackagedGateway gateway, String export) throws IOException {
    try (NbdClient client = gateway.connect(export)) {
      byte[] all = new byte[SIZE_BYTES];
      for (int at = 0; at < SIZE_BYTES; at += 1 << 20)
        System.arraycopy(client.read(at, 1 << 20), 0, all, at, 1 << 20);
      return all;
    }
  }

  private static JsonObject call(PackagedGateway gateway, String method, String path, String body)
      throws IOException {
    var answer =
        gateway
            .admin()
            .call(method, path, Map.of("Content-Type", "application/json"), body.getBytes(UTF_8));
    assertThat(answer.status()).as("%s %s: %s", method, path, answer.body()).isBetween(200, 299);
    return answer.body().isEmpty() ? new JsonObject() : answer.json();
  }

  /** Runs a job to its end, which is good. */
  private static JsonObject run(PackagedGateway gateway, String job) throws IOException {
    String task = call(gateway, "POST", "/v1/jobs/" + job + "/runs", "").getString("task");
    gateway.await(() -> {
      String state = gateway.admin().get("/v1/tasks/" + task).json().getString("state");
      return !state.equals("running") && !state.equals("cancelling");
    });
    JsonObject shown = gateway.admin().get("/v1/jobs/" + job).json();
    assertThat(shown.getString("last_outcome")).as("%s", shown).isEqualTo("succeeded");
    return shown;
  }

  private static AdminApi.Answer put(PackagedGateway gateway, String name, String volume)
      throws IOException {
    var wanted = new JsonObject().put("volume", volume).put("snapshots", true);
    return gateway
        .admin()
        .call(
            "PUT",
            "/v1/exports/" + name,
            Map.of("Content-Type", "application/json"),
            wanted.encode().getBytes(UTF_8));
  }

  private static void export(PackagedGateway gateway, String name, String volume)
      throws IOException {
    AdminApi.Answer made = put(gateway, name, volume);
    assertThat(made.status()).as(made.body()).isEqualTo(201);
  }

  /** The newest snapshot's name. */
  private static String newest(PackagedGateway gateway, String volume) throws IOException {
    JsonArray all = snapshots(gateway, volume);
    return all.getJsonObject(all.size() - 1).getString("snapshot");
  }

  private static JsonArray snapshots(PackagedGateway gateway, String volume) throws IOException {
    return gateway
        .admin()
        .get("/v1/volumes/" + volume + "/snapshots")
        .json()
        .getJsonArray("snapshots");
  }

  @Test
  void copiesWhatChangedAndIsWhatItWas() throws Exception {
    write(home, "vm", 0, random(1, SIZE_BYTES));
    run(home, "offsite");
    write(home, "vm", 3 << 20, random(2, 70_000));

    JsonObject second = run(home, "offsite");

    String name = newest(home, "vm");
    assertThat(newest(away, "home.vm")).isEqualTo(name);
    // Read-only while it follows: an export of it would need to write.
    assertThat(away.cli("volume", "list").text()).contains("home.vm");
    restoredEquals(away, "home.vm@" + name, read(home, "vm@" + name));
    JsonObject step =
        second
            .getJsonObject("last_run")
            .getJsonArray("attempts")
            .getJsonObject(1)
            .getJsonArray("volumes")
            .getJsonObject(0)
            .getJsonArray("steps")
            .getJsonObject(0);
    assertThat(step.getLong("bytes_sent")).isBetween(70_000L, 200_000L);
    assertThat(home.admin().get("/v1/leases").json().getJsonArray("leases")).isEmpty();
  }

  private static void restoredEquals(PackagedGateway gateway, String snapshot, byte[] bytes)
      throws Exception {
    String as = "restored-" + System.nanoTime();
    Peer.Result restored = gateway.cli("restore", snapshot, "--as", as);
    assertThat(restored.exit()).as(restored.text()).isZero();
    export(gateway, as, as);
    assertThat(read(gateway, as)).isEqualTo(bytes);
  }

  @Test
  void pullsWhatAPeerGivesAndCopiesToAnotherStore() throws Exception {
    write(home, "vm", 0, random(3, SIZE_BYTES));
    assertThat(home.cli("snapshot", "create", "vm@monday").exit()).isZero();

    run(away, "fetched");
    run(home, "usb");

    byte[] monday = read(home, "vm@monday");
    restoredEquals(away, "fetched.vm@monday", monday);
    restoredEquals(home, "usb.vm@monday", monday);
    assertThat(snapshots(home, "vm").getJsonObject(0).getJsonArray("holds"))
        .containsExactlyInAnyOrder("anchor.away.fetched", "anchor.usb");
  }

  @Test
  void aCopyIsReadOnlyUntilItIsPromotedAndRolesCanBeReversedWithoutAFullCopy() throws Exception {
    write(home, "vm", 0, random(4, SIZE_BYTES));
    run(home, "offsite");
    assertThat(put(away, "copy", "home.vm").status()).isEqualTo(403);

    // Home is away. What it had not sent yet is there when it comes back.
    write(home, "vm", 0, random(5, 4096));
    assertThat(away.cli("volume", "promote", "home.vm").exit()).isZero();
    export(away, "now", "home.vm");
    write(away, "now", 1 << 20, random(6, 4096));

    home.configure(
        Files.readString(home.file("penstock.yaml"))
            .replace("exports: { vm: { volume: vm, snapshots: true } }", ""));
    assertThat(home.cli("config", "reload").exit()).isZero();
    Peer.Result demoted = home.cli("volume", "demote", "vm");
    assertThat(demoted.exit()).as(demoted.text()).isZero();
    JsonObject back = run(away, "back");

    String name = newest(away, "home.vm");
    assertThat(newest(home, "vm")).isEqualTo(name);
    restoredEquals(home, "vm@" + name, read(away, "now@" + name));
    assertThat(volumes(home))
        .as("what was not sent is kept")
        .anyMatch(one -> one.startsWith("vm-diverged-"));
    assertThat(sent(back)).as("the change alone").isLessThan(100_000);
  }

  private static long sent(JsonObject job) {
    return job.getJsonObject("last_run").getJsonArray("attempts").stream()
        .map(JsonObject.class::cast)
        .flatMap(attempt -> attempt.getJsonArray("volumes").stream().map(JsonObject.class::cast))
        .mapToLong(volume -> volume.getLong("bytes_sent"))
        .sum();
  }

  private static java.util.List<String> volumes(PackagedGateway gateway) throws IOException {
    JsonArray all = gateway.admin().get("/v1/volumes").json().getJsonArray("volumes");
    return IntStream.range(0, all.size())
        .mapToObj(i -> all.getJsonObject(i).getString("name"))
        .toList();
  }

  @Test
  void aCopyWhoseVolumeIsGoneKeepsItsFloorForEver() throws Exception {
    run(home, "volume", "create", "doomed", "1MiB", "--store", "disk");
    for (int i = 1; i <= 5; i++) {
      run(home, "snapshot", "create", "doomed@s" + i);
      run(home, "job", "run", "doomed", "--wait");
    }
    run(home, "snapshot", "release", "doomed@s5", "anchor.doomed");
    run(home, "volume", "delete", "doomed", "--yes");

    run(away, "prune", "run", "received");
    run(away, "prune", "run", "received");

    assertThat(TwoSites.snapshots(away, "home.doomed").stream())
        .extracting(one -> ((JsonObject) one).getString("snapshot"))
        .containsExactly("s3", "s4", "s5");
  }

  private static void run(PackagedGateway gateway, String... words) throws Exception {
    Peer.Result done = gateway.cli(words);
    assertThat(done.exit()).as(done.text()).isZero();
  }
}
