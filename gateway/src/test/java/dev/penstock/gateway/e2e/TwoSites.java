package dev.penstock.gateway.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;

/**
 * Two gateways of the distribution with a {@link FaultyLine} between them: "home" has the volumes
 * and pushes them, "away" has their copies. Home has a line to fetch by, too, which away uses.
 */
final class TwoSites implements AutoCloseable {
  private static final int MIB = 1 << 20;

  /** What a line that is whole again needs at most. */
  private static final int RUNS_MAX = 5;

  final FaultyLine line;
  final FaultyLine fetching;
  final PackagedGateway home;
  final PackagedGateway away;

  TwoSites(Path folder) throws IOException {
    line = new FaultyLine(folder.resolve("away/from-home.sock"));
    fetching = new FaultyLine(folder.resolve("home/from-away.sock"));
    home =
        PackagedGateway.serving(
            folder.resolve("home"),
            """
            stores: { disk: { kind: files, path: volumes } }
            volumes: { vm: { store: disk, size: 48MiB } }
            modules:
              nbd: { listen: "unix:nbd.sock", exports: { vm: { volume: vm, snapshots: true } } }
              replication:
                listen: [ { address: "unix:from-away.sock", peer: away } ]
                peers: { away: { at: "http://127.0.0.1:%d", pull: { volumes: [vm] } } }
                jobs:
                  once:
                    push: away
                    volumes: [vm]
                    compression: none
                    initial: all
                    attempts: 1
                    limits: { planning: 1s, transfer: 1s, finishing: 1s, lost_peer: 1s }
                  patient:
                    push: away
                    volumes: [vm]
                    compression: none
                    attempts: 2
                    limits: { planning: 2s, transfer: 2s, finishing: 2s, lost_peer: 20s }
                  slow: { push: away, volumes: [vm], compression: none, bandwidth: 512KiB }
              pruner:
                policies:
                  full: { volumes: [vm], low_space: 1000TiB, keep: [ { last: { count: 1 } } ] }
            """
                .formatted(line.port()));
    away =
        PackagedGateway.serving(
            folder.resolve("away"),
            """
            stores: { disk: { kind: files, path: volumes } }
            modules:
              nbd: { listen: "unix:nbd.sock" }
              replication:
                listen: [ { address: "unix:from-home.sock", peer: home } ]
                peers:
                  home:
                    at: "http://127.0.0.1:%d"
                    push: { store: disk, volumes: ["*"] }
                jobs:
                  fetched:
                    pull: home
                    store: disk
                    below: fetched.
                    volumes: [vm]
                    compression: none
                    attempts: 1
                    limits: { planning: 1s, transfer: 1s, finishing: 1s, lost_peer: 1s }
            """
                .formatted(fetching.port()));
    home.start();
    away.start();
  }

  /** Random bytes from the beginning of the volume on. */
  void write(int seed, int bytes) throws IOException {
    byte[] random = new byte[bytes];
    new Random(seed).nextBytes(random);
    try (NbdClient client = home.connect("vm")) {
      for (int at = 0; at < bytes; at += MIB) {
        byte[] piece = Arrays.copyOfRange(random, at, Math.min(bytes, at + MIB));
        assertThat(client.write(at, piece, 0)).isZero();
      }
      assertThat(client.flush()).isZero();
    }
  }

  void snapshot(String name) throws IOException {
    call(home, "PUT", "/v1/volumes/vm/snapshots/" + name, "");
  }

  static JsonObject call(PackagedGateway gateway, String method, String path, String body)
      throws IOException {
    var answer =
        gateway
            .admin()
            .call(method, path, Map.of("Content-Type", "application/json"), body.getBytes(UTF_8));
    assertThat(answer.status()).as("%s %s: %s", method, path, answer.body()).isBetween(200, 299);
    return answer.body().isEmpty() ? new JsonObject() : answer.json();
  }

  static void begin(PackagedGateway gateway, String job) throws IOException {
    call(gateway, "POST", "/v1/jobs/" + job + "/runs", "");
  }

  static JsonObject ended(PackagedGateway gateway, String job) throws IOException {
    gateway.await(() -> job(gateway, job).getString("state").equals("idle"));
    return job(gateway, job);
  }

  private static JsonObject job(PackagedGateway gateway, String job) throws IOException {
    return gateway.admin().get("/v1/jobs/" + job).json();
  }

  static JsonObject run(PackagedGateway gateway, String job) throws IOException {
    begin(gateway, job);
    return ended(gateway, job);
  }

  /** Nobody does anything but to run the job again, as its timetable would. */
  static void runUntilGood(PackagedGateway gateway, String job) throws IOException {
    JsonObject last = run(gateway, job);
    for (int i = 1; i < RUNS_MAX && !last.getString("last_outcome").equals("succeeded"); i++)
      last = run(gateway, job);
    assertThat(last.getString("last_outcome")).as("%s", last).isEqualTo("succeeded");
  }

  static JsonArray snapshots(PackagedGateway gateway, String volume) throws IOException {
    var answer = gateway.admin().get("/v1/volumes/" + volume + "/snapshots");
    return answer.status() == 404 ? new JsonArray() : answer.json().getJsonArray("snapshots");
  }

  static boolean has(PackagedGateway gateway, String volume, String snapshot) throws IOException {
    return snapshots(gateway, volume).stream()
        .anyMatch(one -> ((JsonObject) one).getString("snapshot").equals(snapshot));
  }

  /** The copy's newest snapshot is the one of home, byte by byte, and anchored at both sides. */
  void assertSame(String copy, String snapshot, String anchor, int bytes) throws IOException {
    JsonObject ours = newest(home, "vm");
    JsonObject theirs = newest(away, copy);
    assertThat(ours.getString("snapshot")).isEqualTo(snapshot);
    assertThat(theirs.getString("guid")).isEqualTo(ours.getString("guid"));
    assertThat(ours.getJsonArray("holds")).contains(anchor);
    assertThat(theirs.getJsonArray("holds")).contains("anchor.received");
    String as = "%s-%s".formatted(copy.replace('.', '-'), snapshot);
    JsonObject from = new JsonObject().put("from", copy + "@" + snapshot);
    call(away, "PUT", "/v1/volumes/" + as, from.encode());
    call(away, "PUT", "/v1/exports/" + as, new JsonObject().put("volume", as).encode());
    try (NbdClient here = home.connect("vm@" + snapshot);
        NbdClient there = away.connect(as)) {
      for (int at = 0; at < bytes; at += MIB)
        assertThat(Arrays.equals(there.read(at, MIB), here.read(at, MIB)))
            .as("%s@%s from %d on", copy, snapshot, at)
            .isTrue();
    }
    call(away, "DELETE", "/v1/exports/" + as, "");
  }

  private static JsonObject newest(PackagedGateway gateway, String volume) throws IOException {
    JsonArray all = snapshots(gateway, volume);
    assertThat(all).as("snapshots of " + volume).isNotEmpty();
    return all.getJsonObject(all.size() - 1);
  }

  void assertNothingLeft() throws IOException {
    for (PackagedGateway one : new PackagedGateway[] {home, away})
      assertThat(one.admin().get("/v1/leases").json().getJsonArray("leases")).isEmpty();
  }

  @Override
  public void close() throws IOException {
    home.close();
    away.close();
    line.close();
    fetching.close();
  }
}
