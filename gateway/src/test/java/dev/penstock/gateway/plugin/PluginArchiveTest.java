package dev.penstock.gateway.plugin;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.spi.GatewayError;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PluginArchiveTest {
  @TempDir Path dir;

  @Test
  void saysWhatThePluginSaysAboutItself() {
    var archive = PluginArchive.read(TestPlugin.quiet("toy", "1.2.3").zipInto(dir));

    assertThat(archive.manifest().id()).isEqualTo("toy");
    assertThat(archive.manifest().version()).isEqualTo("1.2.3");
    assertThat(archive.extensions()).containsExactly("Made");
    assertThat(archive.sha256()).hasSize(64);
  }

  @Test
  void refusesWhatIsNoZip() throws IOException {
    Path file = Files.writeString(dir.resolve("broken.zip"), "not a zip at all");

    refused(file, "the archive is broken");
  }

  @Test
  void refusesAZipThatWasCutOff() throws IOException {
    Path whole = TestPlugin.quiet("toy", "1.0.0").zipInto(dir);
    byte[] bytes = Files.readAllBytes(whole);
    Path half = Files.write(dir.resolve("half.zip"), Arrays.copyOf(bytes, bytes.length / 2));

    refused(half, "the archive is broken");
  }

  @Test
  void refusesAZipWithoutAManifest() throws IOException {
    Path file = dir.resolve("bare.zip");
    try (var zip = new ZipOutputStream(Files.newOutputStream(file))) {
      zip.putNextEntry(new ZipEntry("classes/"));
    }

    refused(file, "no plugin.properties");
  }

  @ParameterizedTest
  @ValueSource(strings = {"plugin.id", "plugin.version", "plugin.requires"})
  void refusesAManifestThatLeavesOut(String key) {
    refused(TestPlugin.quiet("toy", "1.0.0").without(key).zipInto(dir), "says no " + key);
  }

  @ParameterizedTest
  @CsvSource({
    "plugin.id, ../../etc, takes letters",
    "plugin.version, ../1, takes a version",
    "plugin.requires, >=2.0.0, it requires SPI >=2.0.0; this gateway has SPI 1.0.0",
    "plugin.requires, some day, takes versions of the SPI",
    "plugin.class, com.example.Life, leave it out",
    "plugin.dependencies, volumes, leave it out",
  })
  void refusesAManifestThatSays(String key, String value, String reason) {
    Path file = TestPlugin.quiet("toy", "1.0.0").property(key, value).zipTo(dir.resolve("odd.zip"));

    refused(file, reason);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "classes/dev/penstock/spi/GatewayError.class",
        "classes/io/vertx/core/Vertx.class",
        "classes/io/netty/buffer/ByteBuf.class",
        "classes/org/pf4j/Plugin.class",
        "classes/org/slf4j/Logger.class",
        "classes/org/jspecify/annotations/Nullable.class",
        "classes/META-INF/versions/21/io/vertx/core/Vertx.class",
      })
  void refusesClassesThatTheHostLends(String entry) {
    refused(TestPlugin.quiet("toy", "1.0.0").entry(entry, new byte[0]).zipInto(dir), "it bundles");
  }

  @Test
  void refusesALibraryWithClassesThatTheHostLends() throws IOException {
    byte[] jar = zipped(Map.of("io/vertx/core/Vertx.class", ""));

    refused(
        TestPlugin.quiet("toy", "1.0.0").entry("lib/vertx-core.jar", jar).zipInto(dir),
        "it bundles lib/vertx-core.jar!/io/vertx/core/Vertx.class");
  }

  @Test
  void takesLibrariesOfThePluginsOwn() throws IOException {
    byte[] jar = zipped(Map.of("com/example/Thing.class", ""));

    var archive =
        PluginArchive.read(
            TestPlugin.quiet("toy", "1.0.0").entry("lib/thing.jar", jar).zipInto(dir));

    assertThat(archive.unpack(dir.resolve("work")).resolve("lib/thing.jar")).exists();
  }

  @Test
  void refusesAPluginThatWasCompiledWithoutTheAnnotationProcessor() {
    refused(TestPlugin.quiet("toy", "1.0.0").withoutIndex().zipInto(dir), "annotation processor");
  }

  @Test
  void refusesAnIndexThatNamesNothing() {
    refused(TestPlugin.of("toy", "1.0.0").zipInto(dir), "names no extension");
  }

  @ParameterizedTest
  @ValueSource(strings = {"../out", "classes/../../out", "/etc/out", "classes\\..\\out"})
  void refusesEntriesThatLeadOutOfTheArchive(String name) {
    refused(
        TestPlugin.quiet("toy", "1.0.0").entry(name, "x".getBytes(UTF_8)).zipInto(dir),
        "leads out of the archive");
  }

  @Test
  void refusesMoreEntriesThanAnyPluginHas() {
    var plugin = TestPlugin.quiet("toy", "1.0.0");
    for (int i = 0; i < PluginArchive.ENTRIES_MAX; i++) plugin.entry("x/" + i, new byte[0]);

    refused(plugin.zipInto(dir), "more than 20000 entries");
  }

  @Test
  void stopsUnpackingAtTheLimitWhateverTheZipSaysAboutItsSize() {
    var archive =
        PluginArchive.read(
            TestPlugin.quiet("toy", "1.0.0").entry("bomb", new byte[1 << 20]).zipInto(dir));

    assertThatThrownBy(() -> archive.unpack(dir.resolve("work"), 1 << 19))
        .isInstanceOf(GatewayError.Invalid.class)
        .hasMessageContaining("unpacks to more than");
  }

  @Test
  void unpacksEachBuildIntoAFolderOfItsOwn() {
    UnaryOperator<Path> home = zip -> PluginArchive.read(zip).unpack(dir.resolve("work"));
    Path first = home.apply(TestPlugin.quiet("toy", "1.0.0").zipTo(dir.resolve("a.zip")));
    Path second =
        home.apply(
            TestPlugin.quiet("toy", "1.0.0").entry("x", new byte[1]).zipTo(dir.resolve("b.zip")));

    assertThat(first).isNotEqualTo(second);
    assertThat(first.resolve("classes/Made.class")).exists();
  }

  private static void refused(Path file, String reason) {
    assertThatThrownBy(() -> PluginArchive.read(file))
        .isInstanceOf(GatewayError.Invalid.class)
        .hasMessageContaining(reason);
  }

  private static byte[] zipped(Map<String, String> entries) throws IOException {
    var bytes = new ByteArrayOutputStream();
    try (var zip = new ZipOutputStream(bytes)) {
      for (var entry : entries.entrySet()) {
        zip.putNextEntry(new ZipEntry(entry.getKey()));
        zip.write(entry.getValue().getBytes(UTF_8));
      }
    }
    return bytes.toByteArray();
  }
}
