package dev.penstock.gateway.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.testing.Peer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Somebody else's store comes, serves, is replaced and goes, while the gateway runs. */
@Timeout(180)
class StrangersPluginIT {
  private static final String SPI = ">=1.0.0 & <2.0.0";

  private static final String NO_STORE =
      """
      modules: { nbd: { listen: "unix:nbd.sock", exports: {} } }
      """;

  @TempDir Path folder = Path.of("");
  @TempDir Path workshop = Path.of("");

  @Test
  void strangersStoreIsInstalledServedReplacedAndRemovedWhileTheGatewayRuns() throws Exception {
    Path first = build("1.0.0", "1");
    Path second = build("2.0.0", "2");
    try (PackagedGateway gateway = PackagedGateway.serving(folder, NO_STORE).start()) {
      String before = Files.readString(gateway.file("penstock.yaml"));
      assertThat(install(gateway, first, StrangersPlugin.sha256(second)).status())
          .as("another archive than was meant")
          .isBetween(400, 499);
      assertThat(install(gateway, first, StrangersPlugin.sha256(first)).status()).isEqualTo(201);

      gateway.configure(before + "stores: { guest: { kind: memory } }\n");
      post(gateway, "/v1/config/reload");
      serve(gateway);
      copyThereAndBack(gateway);
      assertThat(metrics(gateway)).containsPattern("penstock_memory_version\\S* 1\\.0");

      AdminApi.Answer inUse = install(gateway, second, StrangersPlugin.sha256(second));
      assertThat(inUse.status()).isEqualTo(409);
      assertThat(inUse.body()).as("who uses it").contains("guest", "nbd");
      delete(gateway, "/v1/exports/guest");
      AdminApi.Answer replaced = install(gateway, second, StrangersPlugin.sha256(second));
      assertThat(replaced.status()).as(replaced.body()).isEqualTo(200);
      assertThat(plugin(gateway).getString("version")).isEqualTo("2.0.0");
      assertThat(metrics(gateway)).containsPattern("penstock_memory_version\\S* 2\\.0");
      serve(gateway);
      copyThereAndBack(gateway);

      assertThat(loadedClasses(gateway)).contains("org.stranger.MemoryStore");
      delete(gateway, "/v1/exports/guest");
      gateway.configure(before);
      post(gateway, "/v1/config/reload");
      delete(gateway, "/v1/plugins/stranger");

      assertThat(gateway.admin().get("/v1/plugins/stranger").status()).isEqualTo(404);
      Awaitility.await("both class loaders of the plugin are gone")
          .atMost(Duration.ofSeconds(40))
          .untilAsserted(() -> assertThat(loadedClasses(gateway)).doesNotContain("org.stranger"));
      assertThat(gateway.admin().get("/health/ready").body()).doesNotContain("stranger");
      assertThat(gateway.stop()).isZero();
    }
  }

  private Path build(String version, String number) throws IOException {
    return new StrangersPlugin(workshop.resolve(version), "stranger", version, SPI)
        .compile("MemoryStore.java", "VERSION = 1;", "VERSION = " + number + ";")
        .zip(workshop.resolve("stranger-" + version + ".zip"));
  }

  private static AdminApi.Answer install(PackagedGateway gateway, Path archive, String sha256)
      throws IOException {
    return gateway
        .admin()
        .call(
            "PUT",
            "/v1/plugins/stranger?sha256=" + sha256,
            Map.of("Content-Type", "application/zip"),
            Files.readAllBytes(archive));
  }

  /** Makes the volume and its export, where they are not there already. */
  private static void serve(PackagedGateway gateway) throws IOException {
    put(
        gateway,
        "/v1/volumes/guest",
        new JsonObject().put("store", "guest").put("size_bytes", 8 << 20));
    if (gateway.admin().get("/v1/exports/guest").status() == 404)
      put(gateway, "/v1/exports/guest", new JsonObject().put("volume", "guest"));
    Awaitility.await()
        .ignoreException(IOException.class)
        .until(() -> {
          gateway.connect("guest").close();
          return true;
        });
  }

  private void copyThereAndBack(PackagedGateway gateway) throws IOException {
    try (NbdClient client = gateway.connect("guest")) {
      assertThat(client.write(4096, "a stranger's".getBytes(StandardCharsets.UTF_8), 0)).isZero();
    }
    Path copy = workshop.resolve("copy");
    Files.deleteIfExists(copy);
    Peer.run("nbdcopy", gateway.nbd("guest"), copy);

    assertThat(Files.size(copy)).isEqualTo(8 << 20);
    assertThat(Files.readAllBytes(copy))
        .startsWith(new byte[4096])
        .contains("a stranger's".getBytes(StandardCharsets.UTF_8));
  }

  private static JsonObject plugin(PackagedGateway gateway) throws IOException {
    JsonArray plugins = gateway.admin().get("/v1/plugins").json().getJsonArray("plugins");
    return plugins.stream()
        .map(JsonObject.class::cast)
        .filter(plugin -> plugin.getString("id").equals("stranger"))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no stranger in " + plugins));
  }

  /** As the JVM itself tells, after it has collected what nobody holds. */
  private static String loadedClasses(PackagedGateway gateway) {
    Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
    Peer.run(jcmd, gateway.pid(), "GC.run");
    return Peer.run(jcmd, gateway.pid(), "VM.class_hierarchy").out();
  }

  private static void delete(PackagedGateway gateway, String path) throws IOException {
    AdminApi.Answer answer = gateway.admin().call("DELETE", path, Map.of(), new byte[0]);
    assertThat(answer.status()).as("DELETE %s: %s", path, answer.body()).isEqualTo(204);
  }

  private static String metrics(PackagedGateway gateway) throws IOException {
    return gateway.admin().get("/metrics").body();
  }

  private static void put(PackagedGateway gateway, String path, JsonObject body)
      throws IOException {
    AdminApi.Answer answer =
        gateway
            .admin()
            .call(
                "PUT",
                path,
                Map.of("Content-Type", "application/json"),
                body.encode().getBytes(StandardCharsets.UTF_8));
    assertThat(answer.status()).as("PUT %s: %s", path, answer.body()).isBetween(200, 299);
  }

  private static void post(PackagedGateway gateway, String path) throws IOException {
    AdminApi.Answer answer = gateway.admin().call("POST", path, Map.of(), new byte[0]);
    assertThat(answer.status()).as("POST %s: %s", path, answer.body()).isBetween(200, 299);
  }
}
