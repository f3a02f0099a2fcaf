package dev.penstock.gateway.plugin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.groups.Tuple.tuple;

import dev.penstock.gateway.plugin.PluginStatus.State;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.testing.TestSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PluginFolderTest {
  @TempDir Path dir;
  private Path archives;
  private PluginFolder plugins;

  @BeforeEach
  void open() throws IOException {
    archives = Files.createDirectory(dir.resolve("plugins"));
    plugins = new PluginFolder(archives, dir.resolve("work"));
  }

  @AfterEach
  void close() {
    plugins.close();
  }

  @Test
  void makesModulesOfAPluginThatWasLoaded() {
    TestPlugin.quiet("toy", "1.0.0").zipInto(archives);

    var statuses = plugins.loadAll();

    assertThat(statuses).singleElement().extracting(PluginStatus::state).isEqualTo(State.LOADED);
    assertThat(plugins.moduleKinds()).containsExactly("toy");
    var made = plugins.newModule("toy");
    assertThat(made.plugin()).isEqualTo("toy");
    assertThat(made.object().getClass().getClassLoader()).isSameAs(made.loader());
  }

  @Test
  void whatAKilledGatewayLeftGoesAndWhatIsInUseStays() throws IOException {
    Path state = dir.resolve("state");
    var killed = PluginFolder.ofGateway(archives, state);
    TestPlugin.quiet("toy", "1.0.0").zipInto(archives);
    killed.loadAll();
    try (var next = PluginFolder.ofGateway(archives, state)) {
      next.loadAll();

      next.removeLeftovers(state);

      try (var there = Files.list(state.resolve("plugins-work"))) {
        assertThat(there).singleElement().satisfies(one -> assertThat(one).isNotEmptyDirectory());
      }
      assertThat(next.newModule("toy").object().descriptor().kind()).isEqualTo("toy");
    }
  }

  @Test
  void loadsTheOthersWhenOneIsRefusedAndKeepsTheReason() throws IOException {
    Files.writeString(archives.resolve("a-broken.zip"), "no zip");
    TestPlugin.quiet("fine", "1.0.0").zipInto(archives);

    var statuses = plugins.loadAll();

    assertThat(statuses)
        .extracting(PluginStatus::id, PluginStatus::state)
        .containsExactlyInAnyOrder(
            tuple("a-broken.zip", State.REFUSED), tuple("fine", State.LOADED));
    assertThat(plugins.status("a-broken.zip").orElseThrow().reason().orElseThrow())
        .contains("broken");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          public Bad() { throw new IllegalStateException("no luck"); }            | no luck
          public Bad() { throw new StackOverflowError(); }                        | StackOverflowError
          static { if (true) throw new IllegalStateException("bad from birth"); } | cannot be loaded
          Bad() {}                                                                | needs a public constructor
          """)
  void refusesAModuleThatCannotBeMade(String member, String reason) {
    TestPlugin.of("bad", "1.0.0")
        .extension(
            "Bad", TestPlugin.moduleSource("Bad", "bad", member, TestPlugin.DONE, TestPlugin.DONE))
        .zipInto(archives);

    assertThat(plugins.loadAll())
        .singleElement()
        .satisfies(status -> {
          assertThat(status.state()).isEqualTo(State.REFUSED);
          assertThat(status.reason().orElseThrow()).contains(reason);
        });
  }

  @Test
  void refusesAModuleWhoseDescriptorThrows() {
    String source =
        TestPlugin.moduleSource("Bad", "bad", "", TestPlugin.DONE, TestPlugin.DONE)
            .replace(
                "return new ModuleDescriptor(",
                "if (true) throw new RuntimeException(\"who am I\"); return new ModuleDescriptor(");
    TestPlugin.of("bad", "1.0.0").extension("Bad", source).zipInto(archives);

    assertThat(plugins.loadAll().getFirst().reason().orElseThrow()).contains("who am I");
  }

  @Test
  void refusesAnExtensionThatIsNotThere() {
    TestPlugin.quiet("toy", "1.0.0").index("com.example.Gone").zipInto(archives);

    assertThat(plugins.loadAll().getFirst().reason().orElseThrow())
        .contains("com.example.Gone cannot be loaded");
  }

  @Test
  void refusesExtensionsThatTheGatewayHasNoUseFor() {
    TestPlugin.of("odd", "1.0.0")
        .extension("Odd", "public class Odd implements org.pf4j.ExtensionPoint {}")
        .zipInto(archives);

    assertThat(plugins.loadAll().getFirst().reason().orElseThrow())
        .contains("none of its extensions");
  }

  @Test
  void takesTheNewerOfTwoArchivesOfOnePlugin() {
    TestPlugin.quiet("toy", "1.10.0").zipInto(archives);
    TestPlugin.quiet("toy", "1.9.0").zipInto(archives);

    plugins.loadAll();

    assertThat(plugins.statuses())
        .extracting(PluginStatus::version, PluginStatus::state)
        .containsExactly(tuple("1.10.0", State.LOADED), tuple("1.9.0", State.REFUSED));
    assertThat(plugins.statuses().getLast().reason().orElseThrow())
        .isEqualTo("the plugin toy is loaded already, as 1.10.0 from toy-1.10.0.zip");
  }

  @Test
  void refusesAKindThatAnotherPluginProvides() {
    TestPlugin.quiet("first", "1.0.0").zipInto(archives);
    TestPlugin.of("second", "1.0.0")
        .extension(
            "Made", TestPlugin.moduleSource("Made", "first", "", TestPlugin.DONE, TestPlugin.DONE))
        .zipInto(archives);

    plugins.loadAll();

    assertThat(plugins.status("second").orElseThrow().reason())
        .contains("the kind first is provided by the plugin first already");
  }

  @Test
  void keepsTheGatewaysOwnLibrariesOutOfSight() {
    String peek =
        """
        static {
          try {
            Class.forName("org.yaml.snakeyaml.Yaml");
            throw new IllegalStateException("seen");
          } catch (ClassNotFoundException e) { }
        }\
        """;
    TestPlugin.of("peek", "1.0.0")
        .extension(
            "Peek", TestPlugin.moduleSource("Peek", "peek", peek, TestPlugin.DONE, TestPlugin.DONE))
        .zipInto(archives);

    assertThat(plugins.loadAll().getFirst().reason()).isEmpty();
  }

  @Test
  void letsNothingNewBeMadeOfAPluginThatLeaves() {
    TestPlugin.quiet("toy", "1.0.0").zipInto(archives);
    plugins.loadAll();

    plugins.leave("toy");

    assertThatThrownBy(() -> plugins.newModule("toy")).isInstanceOf(GatewayError.Unavailable.class);
  }

  @Test
  void showsAnUnloadedPluginAndTakesItsFilesAway() {
    TestPlugin.quiet("toy", "1.0.0").zipInto(archives);
    plugins.loadAll();

    plugins.unload("toy");

    assertThat(plugins.status("toy").orElseThrow().state()).isEqualTo(State.UNLOADED);
    assertThat(plugins.moduleKinds()).isEmpty();
    assertThat(dir.resolve("work/toy")).doesNotExist();
  }

  @Test
  void asksPluginsAboutTheirSettings() {
    TestPlugin.quiet("toy", "1.0.0").zipInto(archives);
    plugins.loadAll();
    var problems = new Problems();

    plugins
        .newModule("toy")
        .object()
        .validate(TestSettings.block("toy", Map.of("greting", "hi")), problems);

    assertThat(problems.inOrder()).singleElement().asString().contains("did you mean greeting?");
  }
}
