package dev.penstock.gateway.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A plugin that is no good is refused or fails with a reason, and the rest of the gateway runs. */
@Timeout(120)
class BadPluginsIT {
  private static final String SPI = ">=1.0.0 & <2.0.0";

  private static final String BLOCKS =
      """
      stores: { disk: { kind: files, path: volumes } }
      volumes: { demo: { store: disk, size: 1MiB } }
      modules:
        nbd: { listen: "unix:nbd.sock", exports: { demo: { volume: demo } } }
        thrower: { kind: thrower }
      """;

  @TempDir Path folder = Path.of("");
  @TempDir Path workshop = Path.of("");

  @Test
  void badPluginsAreRefusedByNameAndTheOthersServe() throws Exception {
    try (PackagedGateway gateway = PackagedGateway.serving(folder, BLOCKS)) {
      Path plugins = gateway.file("plugins");
      Files.writeString(plugins.resolve("broken.zip"), "this is no zip");
      new StrangersPlugin(workshop.resolve("bundler"), "bundler", "1.0.0", SPI)
          .add("dev/penstock/spi/volume/Volume.class", "a copy")
          .zip(plugins.resolve("bundler.zip"));
      new StrangersPlugin(workshop.resolve("future"), "future", "1.0.0", ">=7.0.0")
          .compile("MemoryStore.java")
          .zip(plugins.resolve("future.zip"));
      new StrangersPlugin(workshop.resolve("thrower"), "thrower", "1.0.0", SPI)
          .compile("Thrower.java")
          .zip(plugins.resolve("thrower.zip"));

      gateway.launch();
      gateway.await(() -> gateway.admin().answers("/v1/plugins", 200));

      assertRefused(plugin(gateway, "broken.zip"), "zip");
      assertRefused(plugin(gateway, "bundler.zip"), "dev/penstock/spi");
      assertRefused(plugin(gateway, "future.zip"), ">=7.0.0");
      assertThat(plugin(gateway, "thrower.zip").getString("state")).isEqualTo("loaded");
      Awaitility.await()
          .untilAsserted(() -> {
            JsonObject module = gateway.admin().get("/v1/modules/thrower").json();
            assertThat(module.getString("state")).isEqualTo("failed");
            assertThat(module.encode()).contains("thrown on purpose");
          });

      assertThat(gateway.cli("plugin", "list").out())
          .contains("broken", "bundler", "future", ">=7.0.0");
      assertThat(gateway.log()).contains("thrown on purpose", ">=7.0.0", "bundler", "broken");
      assertThat(gateway.admin().answers("/health/live", 200)).isTrue();
      assertThat(gateway.admin().get("/health/ready").body()).contains("thrower");
      try (NbdClient client = gateway.connect("demo")) {
        byte[] bytes = "works".getBytes(StandardCharsets.UTF_8);
        assertThat(client.write(0, bytes, 0)).isZero();
        assertThat(client.read(0, 5)).isEqualTo(bytes);
      }
    }
  }

  private static JsonObject plugin(PackagedGateway gateway, String archive) throws IOException {
    return gateway.admin().get("/v1/plugins").json().getJsonArray("plugins").stream()
        .map(JsonObject.class::cast)
        .filter(plugin -> plugin.getString("archive").equals(archive))
        .findFirst()
        .orElseThrow(() -> new AssertionError("nothing is said of " + archive));
  }

  private static void assertRefused(JsonObject plugin, String reason) {
    assertThat(plugin.getString("state")).as(plugin.encode()).isEqualTo("refused");
    assertThat(plugin.getString("reason")).as(plugin.encode()).contains(reason);
  }
}
