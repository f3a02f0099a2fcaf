package dev.penstock.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.gateway.plugin.TestPlugin;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigCheckTest {
  @TempDir Path dir;

  @BeforeEach
  void plugins() throws IOException {
    TestPlugin.quiet("toy", "1.0.0").zipInto(Files.createDirectory(dir.resolve("plugins")));
  }

  @Test
  void takesAConfigurationThatPluginsHaveNothingAgainst() throws IOException {
    var check = checked("modules: { toy: { greeting: hi } }\n");

    assertThat(check.isGood()).as(check.text()).isTrue();
    assertThat(check.config().orElseThrow().modules().getFirst().kind()).isEqualTo("toy");
  }

  @Test
  void namesEveryMistakeWithItsLineAtOnceAndMakesNothing() throws IOException {
    var check =
        checked(
            """
            gateway:
              shutdown_limit: soon
            volumes:
              demo:
                store: disk
                size: 1GiB
            modules:
              toy:
                greting: hi
              other:
                kind: tou
            modles: {}
            """);

    assertThat(check.problems()).hasSize(5);
    assertThat(check.text())
        .contains(
            ":2: gateway: shutdown_limit is \"soon\"; it takes a duration",
            ":5: volumes.demo: there is no store disk",
            ":9: greting is no key of modules.toy; did you mean greeting?",
            ":11: modules.other: no plugin provides the kind of module \"tou\"; did you mean toy?",
            ":12: modles is no key of the file; did you mean modules?",
            "5 problems; nothing was started or changed");
    try (var left = Files.list(dir)) {
      assertThat(left.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder("gateway.yaml", "plugins");
    }
  }

  @Test
  void saysWhyThePluginOfAKindIsNotThere() throws IOException {
    Files.writeString(dir.resolve("plugins/disk.zip"), "no zip");

    assertThat(checked("stores: { disk: { } }\n").text())
        .contains(
            "no plugin provides the kind of store \"disk\"", "refused: disk.zip: the archive");
  }

  @Test
  void namesTheFolderOfPluginsThatIsNotThere() throws IOException {
    assertThat(checked("gateway:\n  plugins: nowhere\n").text())
        .contains(":2: gateway: plugins is", "no such folder");
  }

  @Test
  void saysThatAFolderIsNoFolderOfPlugins() throws IOException {
    Path folder = Files.createDirectory(dir.resolve("downloads"));
    for (int i = 0; i <= 200; i++) Files.createFile(folder.resolve(i + ".zip"));

    assertThat(checked("gateway:\n  plugins: downloads\nmodles: {}\n").text())
        .contains(":2: gateway: plugins: ", "201 archives", "2 problems");
  }

  @Test
  void wantsTlsForAnAdminApiThatOthersCanReach() throws IOException {
    assertThat(checked("admin:\n  listen: tcp://0.0.0.0:7070\n").text())
        .contains(":2: ", "needs tls");
  }

  @Test
  void blamesThePluginThatFailsToCheckItsSettings() throws IOException {
    String source =
        TestPlugin.moduleSource("Bad", "bad", "", TestPlugin.DONE, TestPlugin.DONE)
            .replace(
                "settings.text(",
                "if (true) throw new IllegalStateException(\"oops\"); settings.text(");
    TestPlugin.of("bad", "1.0.0").extension("Bad", source).zipInto(dir.resolve("plugins"));

    assertThat(checked("modules: { bad: {} }\n").text()).contains("its plugin failed", "oops");
  }

  @Test
  void findsTwoServersInOnePlace() throws IOException {
    var check =
        checked(
            """
            admin:
              listen: tcp://127.0.0.1:7070
            modules:
              toy:
                listen: tcp://127.0.0.1:7070
            """);

    assertThat(check.text()).contains(":5: listen is tcp://127.0.0.1:7070, which line 2 has");
  }

  @Test
  void aGatewayGetsThePluginsThatWereAskedUnpackedInItsState() throws IOException {
    var loaded =
        ConfigCheck.loading(written("gateway: { state: a/state }\nmodules: { toy: {} }\n"));

    assertThat(loaded.check().isGood()).as(loaded.check().text()).isTrue();
    try (var plugins = loaded.plugins().orElseThrow()) {
      assertThat(plugins.moduleKinds()).containsExactly("toy");
      assertThat(dir.resolve("a/state/plugins-work")).isNotEmptyDirectory();
      assertThat(
              PosixFilePermissions.toString(Files.getPosixFilePermissions(dir.resolve("a/state"))))
          .as("a state holds secrets")
          .isEqualTo("rwx------");
    }
    assertThat(dir.resolve("a")).as("nobody began anything there").doesNotExist();
  }

  @Test
  void aGatewayThatIsRefusedLeavesNothingAndHearsOfEveryMistake() throws IOException {
    Path file = written("gateway: { state: a/state }\nmodules: { toy: { greting: hi } }\n");

    var loaded = ConfigCheck.loading(file);

    assertThat(loaded.plugins()).isEmpty();
    assertThat(loaded.check().text()).isEqualTo(ConfigCheck.of(file).text()).contains("greting");
    assertThat(dir.resolve("a")).doesNotExist();
  }

  /** A module that reads a rule of another plugin's out of its own settings. */
  private void modulesThatUseRules() {
    String source =
        TestPlugin.moduleSource(
            "Keeper",
            "keeper",
            """
            public void validate(Block settings, Extensions extensions, Problems problems) {
              var rules = extensions.of(dev.penstock.spi.retention.RetentionRule.class);
              for (var rule : rules) rule.read(settings.block(rule.key(), problems), problems);
              settings.refuseOtherKeys(problems);
              problems.warn(settings.at(), "it keeps little");
            }
            """,
            TestPlugin.DONE,
            TestPlugin.DONE);
    TestPlugin.of("keeper", "1.0.0").extension("Keeper", source).zipInto(dir.resolve("plugins"));
    TestPlugin.of("moon", "1.0.0")
        .extension("Moon", TestPlugin.ruleSource("Moon", "moon_phase"))
        .zipInto(dir.resolve("plugins"));
  }

  @Test
  void letsAModuleCheckItsSettingsByWhatOtherPluginsBring() throws IOException {
    modulesThatUseRules();

    assertThat(checked("modules:\n  keeper:\n    moon_phase:\n      fase: full\n").text())
        .contains(":4: fase is no key of modules.keeper.moon_phase; did you mean phase?");
  }

  @Test
  void warnsOfWhatAModuleTakesForTrouble() throws IOException {
    modulesThatUseRules();

    var check = checked("modules:\n  keeper:\n    moon_phase: { phase: full }\n");

    assertThat(check.isGood()).isTrue();
    assertThat(check.text()).contains("warning: ", ":3: it keeps little", "is good");
  }

  private ConfigCheck checked(String text) throws IOException {
    return ConfigCheck.of(written(text));
  }

  private Path written(String text) throws IOException {
    return Files.writeString(dir.resolve("gateway.yaml"), text);
  }
}
