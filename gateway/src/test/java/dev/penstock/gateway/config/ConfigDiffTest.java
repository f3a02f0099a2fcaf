package dev.penstock.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.config.Problems;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigDiffTest {
  private static final String DISK =
      """
      stores: { disk: { path: /data } }
      volumes: { demo: { store: disk, size: 1MiB } }
      """;

  @TempDir Path dir;

  @Test
  void aStoreThatIsNotOpenIsStillToBeOpenedAndItsVolumesMade() throws IOException {
    var config = read(DISK);

    var diff = ConfigDiff.between(config.asFarAs(_ -> false), config);

    assertThat(diff.stores().added()).extracting(StoreConfig::name).containsExactly("disk");
    assertThat(diff.volumesAdded()).extracting(VolumeConfig::name).containsExactly("demo");
    assertThat(ConfigDiff.between(config.asFarAs(_ -> true), config).isEmpty()).isTrue();
  }

  @Test
  void aStoreThatDidNotCloseIsFoundAgainByTheNextReload() throws IOException {
    var running = read(DISK);
    var wanted = read("modules: {}\n");
    var diff = ConfigDiff.between(running, wanted);

    var after = running.withReloaded(wanted, diff, _ -> true, _ -> true);

    assertThat(ConfigDiff.between(after, wanted).stores().removed())
        .extracting(StoreConfig::name)
        .containsExactly("disk");
    assertThat(running.withReloaded(wanted, diff, _ -> false, _ -> true).stores()).isEmpty();
  }

  @Test
  void aModuleThatDidNotTakeItsSettingsIsOfferedThemAgainByTheNextReload() throws IOException {
    var running = read("modules: { nbd: { default_export: a } }\n");
    var wanted = read("modules: { nbd: { default_export: b } }\n");
    var diff = ConfigDiff.between(running, wanted);

    var after = running.withReloaded(wanted, diff, _ -> true, _ -> false);

    assertThat(ConfigDiff.between(after, wanted).modules().changed())
        .extracting(ModuleConfig::name)
        .containsExactly("nbd");
    var taken = running.withReloaded(wanted, diff, _ -> true, _ -> true);
    assertThat(ConfigDiff.between(taken, wanted).isEmpty()).isTrue();
  }

  @Test
  void hooksAreInForceWithoutARestart() throws IOException {
    var running = read("snapshots: { hooks: { db: { command: [/bin/true] } } }\n");
    var wanted = read("snapshots: { hooks: { db: { command: [/bin/false] } } }\n");

    var diff = ConfigDiff.between(running, wanted);

    assertThat(diff.hooksChanged()).isTrue();
    assertThat(diff.isEmpty()).isFalse();
    assertThat(diff.needsRestart()).isEmpty();
    assertThat(running.withReloaded(wanted, diff, _ -> true, _ -> true).snapshots())
        .isEqualTo(wanted.snapshots());
    assertThat(ConfigDiff.between(wanted, wanted).isEmpty()).isTrue();
  }

  private GatewayConfig read(String text) throws IOException {
    Path file = Files.writeString(dir.resolve("gateway.yaml"), text);
    var problems = new Problems();
    var config = GatewayConfig.read(file, ConfigFile.read(file, problems).orElseThrow(), problems);
    assertThat(problems.inOrder()).isEmpty();
    return config;
  }
}
