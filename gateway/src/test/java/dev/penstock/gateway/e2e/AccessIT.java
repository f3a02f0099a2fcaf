package dev.penstock.gateway.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.testing.Peer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Who gets in, and how fast, with a real client and the commands that an operator types. */
@Tag("peer")
@Timeout(180)
class AccessIT {
  private static final String BLOCKS =
      """
      stores: { disk: { kind: files, path: volumes } }
      volumes: { demo: { store: disk, size: 64MiB } }
      modules:
        nbd:
          listen: "unix:nbd.sock"
          exports:
            demo: { volume: demo, allow: local }
            elsewhere: { volume: demo, read_only: true, allow: [10.0.0.0/8, "2001:db8::/32"] }
      """;

  @Test
  void aClientIsToldThatItMayNotAndOneThatMayNoLongerIsEnded(@TempDir Path folder)
      throws IOException {
    try (var gateway = PackagedGateway.serving(folder, BLOCKS).start()) {
      assertThat(Peer.run("nbdinfo", "--size", gateway.nbd("demo")).out()).contains("67108864");
      Peer.Result refused = Peer.call("nbdinfo", "--size", gateway.nbd("elsewhere"));
      assertThat(refused.exit()).isNotZero();
      assertThat(refused.text()).containsIgnoringCase("policy");
      assertThat(Peer.run("nbdinfo", "--list", gateway.nbd("")).out())
          .contains("export=\"demo\"")
          .doesNotContain("elsewhere");

      try (var client = gateway.connect("demo")) {
        assertThat(client.read(0, 512)).hasSize(512);
        Peer.Result set =
            gateway.cli("export", "set", "demo", "--allow", "10.0.0.0/8", "--iops", "5000");
        assertThat(set.text()).isEqualTo("changed demo\n");
        client.awaitEnd();
      }
      assertThat(gateway.cli("export", "show", "demo").out())
          .containsPattern("allow +10.0.0.0/8\n")
          .containsPattern("overridden +allow \\[\"local\"\\], iops 0\n");

      gateway.stop();
      gateway.start(); // what was changed live is remembered
      assertThat(Peer.call("nbdinfo", "--size", gateway.nbd("demo")).text())
          .containsIgnoringCase("policy");
      assertThat(gateway.cli("export", "reset", "demo").text())
          .isEqualTo("demo: allow, iops reset\n");
      assertThat(Peer.run("nbdinfo", "--size", gateway.nbd("demo")).out()).contains("67108864");
      assertThat(Files.readString(folder.resolve("state/access.log")))
          .contains("\"action\":\"admitted\"", "\"action\":\"refused\"", "\"result\":\"denied\"");
    }
  }

  @Test
  void limitsAreShownChangedAndReset(@TempDir Path folder) {
    try (var gateway = PackagedGateway.serving(folder, BLOCKS).start()) {
      var limits = new JsonObject(gateway.cli("limits", "show", "--json").out());
      assertThat(limits.getInteger("connections")).isEqualTo(1024);
      assertThat(gateway.cli("limits", "set", "connections=10000", "handshake=5s").text())
          .isEqualTo("changed connections, handshake\n");
      assertThat(gateway.cli("limits", "show").out())
          .containsPattern("connections +10000\n")
          .containsPattern("overridden +connections 1024, handshake 10s\n");
      assertThat(gateway.cli("limits", "set", "connections=0").text())
          .contains("connections is 0; it takes 1 to 16384");
      assertThat(gateway.cli("limits", "reset").exit()).isZero();
      assertThat(gateway.cli("limits", "show").out()).containsPattern("connections +1024\n");
    }
  }

  @Test
  void checkWarnsOfLimitsThatNeedMoreFileHandlesThanThereAre(@TempDir Path folder) {
    PackagedGateway.serving(
        folder, BLOCKS.replace("    exports:", "    limits: { connections: 10000 }\n    exports:"));
    Path penstock = PackagedGateway.home().resolve("bin/penstock");
    Peer.Result checked =
        Peer.call(
            "sh",
            "-c",
            "ulimit -n 4096 && exec \"$0\" check \"$1\"",
            penstock,
            folder.resolve("penstock.yaml"));

    assertThat(checked.exit()).isZero();
    assertThat(checked.out())
        .contains("warning: ", ":8: 10000 connections of modules.nbd", "may have 4096", "is good");
  }
}
