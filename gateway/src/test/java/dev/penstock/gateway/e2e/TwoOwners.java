package dev.penstock.gateway.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Two gateways of the distribution that may hand volumes over to each other. Each serves the volume
 * vm, as soon as it has it; "home" has it at first.
 */
final class TwoOwners implements AutoCloseable {
  final PackagedGateway home;
  final PackagedGateway away;

  TwoOwners(Path folder, String size) {
    this(folder, size, "unix:" + awaySocket(folder), "unix:" + homeSocket(folder));
  }

  /**
   * With something between them.
   *
   * @param awayAt where home finds away: it leads to {@link #awaySocket}
   * @param homeAt where away finds home: it leads to {@link #homeSocket}
   */
  TwoOwners(Path folder, String size, String awayAt, String homeAt) {
    home =
        PackagedGateway.serving(
            folder.resolve("home"),
            "volumes: { vm: { store: disk, size: %s } }\n".formatted(size)
                + blocks("away", awayAt));
    away = PackagedGateway.serving(folder.resolve("away"), blocks("home", homeAt));
    home.start();
    away.start();
  }

  /**
   * What home says to away goes over a line that can break, and that leads to {@link #awaySocket}.
   */
  static TwoOwners over(FaultyLine line, Path folder, String size) throws IOException {
    return new TwoOwners(
        folder, size, "http://127.0.0.1:" + line.port(), "unix:" + homeSocket(folder));
  }

  /** Where away listens for home. */
  static Path awaySocket(Path folder) {
    return folder.resolve("away/from-home.sock");
  }

  /** Where home listens for away. */
  static Path homeSocket(Path folder) {
    return folder.resolve("home/from-away.sock");
  }

  private static String blocks(String other, String otherAt) {
    return """
    stores: { disk: { kind: files, path: volumes } }
    modules:
      nbd: { listen: "unix:nbd.sock", exports: { vm: { volume: vm } } }
      replication:
        listen: [ { address: "unix:from-%s.sock", peer: %s } ]
        peers:
          %s:
            at: "%s"
            migrate: { store: disk, volumes: ["*"] }
    """
        .formatted(other, other, other, otherAt);
  }

  static JsonObject call(PackagedGateway gateway, String method, String path, JsonObject body)
      throws IOException {
    return TwoSites.call(gateway, method, path, body.encode());
  }

  void start(PackagedGateway from, JsonObject wishes) throws IOException {
    call(from, "POST", "/v1/migrations/vm", wishes);
  }

  JsonObject migration(PackagedGateway from) throws IOException {
    return from.admin().get("/v1/migrations/vm").json();
  }

  /** Returns when it is over. */
  JsonObject ended(PackagedGateway from) throws IOException {
    from.await(() -> migration(from).getBoolean("ended", false));
    return migration(from);
  }

  Optional<JsonObject> record(PackagedGateway gateway) throws IOException {
    return gateway.admin().get("/v1/ownerships").json().getJsonArray("ownerships").stream()
        .map(JsonObject.class::cast)
        .filter(one -> one.getString("volume").equals("vm"))
        .findFirst();
  }

  /** What is known of the volume there: what was recorded, or what its store says. */
  String phase(PackagedGateway gateway) throws IOException {
    return record(gateway)
        .map(one -> one.getString("phase"))
        .orElse(gateway.admin().get("/v1/volumes/vm").status() == 200 ? "owner" : "none");
  }

  /** One owns it, the other knows that it does not, and nobody is about to change that. */
  boolean isSettled() throws IOException {
    if (isMoving(home) || isMoving(away)) return false;
    Set<String> phases = new TreeSet<>(List.of(phase(home), phase(away)));
    return phases.equals(Set.of("owner", "gone")) || phases.equals(Set.of("owner", "none"));
  }

  private static boolean isMoving(PackagedGateway gateway) throws IOException {
    return gateway.admin().get("/v1/migrations").json().getJsonArray("migrations").stream()
        .map(JsonObject.class::cast)
        .anyMatch(one -> !one.getBoolean("ended", false));
  }

  void assertHandedOver(PackagedGateway from, PackagedGateway to) throws IOException {
    assertThat(phase(from)).isEqualTo("gone");
    assertThat(phase(to)).isEqualTo("owner");
  }

  static Map<String, String> json() {
    return Map.of("Content-Type", "application/json");
  }

  static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  @Override
  public void close() throws IOException {
    home.close();
    away.close();
  }
}
