package dev.penstock.gateway.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/**
 * Two gateways of the distribution that may hand volumes over to each other. Each serves the volume
 * vm, as soon as it has it; "home" has it at first.
 */
final class TwoOwners implements AutoCloseable {
  final PackagedGateway home;
  final PackagedGateway away;

  TwoOwners(Path folder, String size) {
    Path homeFolder = folder.resolve("home");
    Path awayFolder = folder.resolve("away");
    home =
        PackagedGateway.serving(
            homeFolder,
            "volumes: { vm: { store: disk, size: %s } }\n".formatted(size)
                + blocks("away", awayFolder, "home"));
    away = PackagedGateway.serving(awayFolder, blocks("home", homeFolder, "away"));
    home.start();
    away.start();
  }

  private static String blocks(String other, Path otherFolder, String self) {
    return """
    stores: { disk: { kind: files, path: volumes } }
    modules:
      nbd: { listen: "unix:nbd.sock", exports: { vm: { volume: vm } } }
      replication:
        listen: [ { address: "unix:from-%s.sock", peer: %s } ]
        peers:
          %s:
            at: "unix:%s/from-%s.sock"
            migrate: { store: disk, volumes: ["*"] }
    """
        .formatted(other, other, other, otherFolder, self);
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

  /** What is known of the volume there; empty if nothing was ever recorded. */
  String phase(PackagedGateway gateway) throws IOException {
    return gateway.admin().get("/v1/ownerships").json().getJsonArray("ownerships").stream()
        .map(JsonObject.class::cast)
        .filter(one -> one.getString("volume").equals("vm"))
        .map(one -> one.getString("phase"))
        .findFirst()
        .orElse("");
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
