package dev.penstock.volumes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.volume.Volume;
import dev.penstock.volumes.linux.LinuxDisk;
import dev.penstock.volumes.manifest.SealedJson;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What cannot be trusted is refused by name, and nothing is touched. */
class StoreRefusalTest {
  private static final String ORPHAN = "0badcafe-0000-4000-8000-000000000000.data";

  @TempDir private Path directory;

  @BeforeEach
  void makeStoreWithTwoVolumes() {
    try (Store store = open()) {
      store.create("one", 8192);
      store.create("two", 8192);
      try (Volume volume = store.openVolume("one")) {
        volume.write(0, ByteBuffer.wrap("precious".getBytes(StandardCharsets.UTF_8)));
      }
    }
  }

  private Store open() {
    return Store.open(
        LinuxDisk.at(directory).orElseThrow(), CrashRun.LIMITS, () -> Instant.EPOCH, _ -> {});
  }

  private Path manifest(String volume) {
    return directory.resolve("volumes").resolve(volume).resolve("manifest.json");
  }

  private Path aLayer() throws IOException {
    try (Stream<Path> layers = Files.list(directory.resolve("layers"))) {
      return layers.sorted().findFirst().orElseThrow();
    }
  }

  private void assertRefused(Class<? extends GatewayError> how, Object... words)
      throws IOException {
    // An orphan, which an opening that goes through would remove.
    Files.writeString(directory.resolve("layers").resolve(ORPHAN), "left by a crash");
    var before = contents();

    var refusal = assertThatThrownBy(this::open).isInstanceOf(how);

    for (Object word : words) refusal.hasMessageContaining(String.valueOf(word));
    assertThat(contents()).isEqualTo(before);
  }

  private Map<String, String> contents() throws IOException {
    Map<String, String> contents = new TreeMap<>();
    try (Stream<Path> paths = Files.walk(directory)) {
      for (Path path : paths.toList())
        contents.put(
            path.toString(),
            Files.isDirectory(path)
                ? "directory"
                : Files.getLastModifiedTime(path)
                    + Files.readString(path, StandardCharsets.ISO_8859_1));
    }
    return contents;
  }

  private static void replace(Path file, String what, String by) throws IOException {
    String text = Files.readString(file);
    assertThat(text).contains(what);
    Files.writeString(file, text.replace(what, by));
  }

  private static void truncate(Path file, long bytes) throws IOException {
    try (var channel = Files.newByteChannel(file, StandardOpenOption.WRITE)) {
      channel.truncate(bytes);
    }
  }

  @Test
  void storesOfANewerFormat() throws IOException {
    replace(directory.resolve("STORE"), "\"format\":1", "\"format\":2");

    assertRefused(
        GatewayError.Unsupported.class, directory.resolve("STORE"), "format 2", "up to 1");
  }

  @Test
  void manifestsOfANewerFormat() throws IOException {
    replace(manifest("two"), "\"format\":1", "\"format\":3");

    assertRefused(GatewayError.Unsupported.class, manifest("two"), "format 3");
  }

  @Test
  void manifestsWithAMemberThatIsNotKnown() throws IOException {
    byte[] sealed =
        SealedJson.seal(
            SealedJson.open("x", Files.readAllBytes(manifest("two")), 1).put("owner", "me"));
    Files.write(manifest("two"), sealed);

    assertRefused(GatewayError.Unsupported.class, manifest("two"), "owner");
  }

  @Test
  void truncatedStoreFiles() throws IOException {
    truncate(directory.resolve("STORE"), 20);

    assertRefused(GatewayError.Damaged.class, directory.resolve("STORE"), "truncated");
  }

  @Test
  void emptyStoreFiles() throws IOException {
    truncate(directory.resolve("STORE"), 0);

    assertRefused(GatewayError.Damaged.class, directory.resolve("STORE"), "0 bytes");
  }

  @Test
  void missingStoreFiles() throws IOException {
    Files.delete(directory.resolve("STORE"));
    Files.delete(directory.resolve("HOLDER"));

    assertRefused(GatewayError.Damaged.class, directory.resolve("STORE"), "missing");
  }

  @Test
  void missingStoreFilesOfStoresWithoutVolumes() throws IOException {
    try (Store store = open()) {
      store.remove("one");
      store.remove("two");
    }
    Files.delete(directory.resolve("STORE"));

    assertThatThrownBy(this::open).isInstanceOf(GatewayError.class);
    assertThat(directory.resolve("STORE")).doesNotExist();
  }

  @Test
  void missingDirectories() throws IOException {
    Files.move(directory.resolve("volumes"), directory.resolve("elsewhere"));

    assertRefused(GatewayError.Damaged.class, directory.resolve("volumes"), "missing");
  }

  @Test
  void truncatedManifests() throws IOException {
    truncate(manifest("one"), 50);

    assertRefused(GatewayError.Damaged.class, manifest("one"), "truncated");
  }

  @Test
  void changedManifests() throws IOException {
    replace(manifest("one"), "\"size\":8192", "\"size\":4096");

    assertRefused(GatewayError.Damaged.class, manifest("one"), "checksum");
  }

  @Test
  void missingManifests() throws IOException {
    Files.delete(manifest("two"));

    assertRefused(GatewayError.Damaged.class, manifest("two"), "missing", "volume two");
  }

  @Test
  void missingLayers() throws IOException {
    Path layer = aLayer();
    Files.delete(layer);

    assertRefused(GatewayError.Damaged.class, layer, "missing");
  }

  @Test
  void truncatedLayers() throws IOException {
    Path layer = aLayer();
    truncate(layer, 8191);

    assertRefused(GatewayError.Damaged.class, layer, "truncated", "8191", "8192");
  }

  @Test
  void copiedVolumes() throws IOException {
    Files.createDirectory(manifest("three").getParent());
    Files.copy(manifest("two"), manifest("three"));

    assertRefused(GatewayError.Damaged.class, "two", "three", "same guid");
  }

  @Test
  void allOfThemAtOnce() throws IOException {
    Files.delete(manifest("two"));
    truncate(manifest("one"), 50);

    assertRefused(GatewayError.Damaged.class, manifest("one"), manifest("two"));
  }

  @Test
  void directoriesWithSomethingElseInThem(@TempDir Path home) throws IOException {
    Files.writeString(home.resolve("letter.txt"), "dear");

    assertThatThrownBy(() ->
            Store.open(
                LinuxDisk.at(home).orElseThrow(), CrashRun.LIMITS, () -> Instant.EPOCH, _ -> {}))
        .isInstanceOf(GatewayError.Invalid.class)
        .hasMessageContaining("letter.txt");
    assertThat(home)
        .isDirectoryContaining("glob:**letter.txt")
        .isDirectoryNotContaining("glob:**STORE*");
  }

  @Test
  void leftoversOfACrashAreNone() throws IOException {
    Files.writeString(directory.resolve("layers").resolve(ORPHAN), "never named");
    Files.writeString(directory.resolve("volumes").resolve("one").resolve("manifest.tmp"), "{");
    Files.createDirectory(directory.resolve("volumes").resolve(".new-three"));
    Files.createDirectory(directory.resolve("volumes").resolve(".gone-1"));
    Files.writeString(directory.resolve("volumes").resolve(".gone-1").resolve("manifest.json"), "");
    Files.writeString(aLayer(), "grown and not committed".repeat(1000), StandardOpenOption.APPEND);
    Files.writeString(directory.resolve("layers").resolve("notes.txt"), "an operator's");

    assertThatCode(() -> open().close()).doesNotThrowAnyException();

    assertThat(directory.resolve("layers")).isDirectoryNotContaining("glob:**orphan.data");
    assertThat(directory.resolve("layers").resolve("notes.txt")).exists();
    assertThat(aLayer()).hasSize(8192);
    try (Stream<Path> volumes = Files.list(directory.resolve("volumes"))) {
      assertThat(volumes.map(path -> path.getFileName().toString()))
          .containsExactlyInAnyOrder("one", "two");
    }
  }

  @Test
  void whatIsNotOfTheStoreStaysWhateverItIsCalled() throws IOException {
    Path backup = Files.createDirectory(directory.resolve("volumes").resolve(".backup-of-one"));
    Files.copy(manifest("one"), backup.resolve("manifest.json"));

    Path copy =
        Files.createFile(directory.resolve("layers").resolve("one-before-the-upgrade.data"));

    assertThatCode(() -> open().close()).doesNotThrowAnyException();

    assertThat(backup.resolve("manifest.json")).exists();
    assertThat(copy).exists();
  }
}
