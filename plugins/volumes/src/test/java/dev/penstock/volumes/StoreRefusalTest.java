package dev.penstock.volumes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.volume.Volume;
import dev.penstock.spi.volume.VolumeInfo;
import dev.penstock.volumes.linux.LinuxDisk;
import dev.penstock.volumes.manifest.ManifestFormat;
import dev.penstock.volumes.manifest.SealedJson;
import java.io.IOException;
import java.io.RandomAccessFile;
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

  private Path layerOf(String volume) throws IOException {
    return layer(ManifestFormat.decode("m", Files.readAllBytes(manifest(volume))).head());
  }

  private Path layer(String id) {
    return directory.resolve("layers").resolve(id + ".data");
  }

  private void assertRefused(Class<? extends GatewayError> how, Object... words)
      throws IOException {
    var before = contents();

    var refusal = assertThatThrownBy(this::open).isInstanceOf(how);

    for (Object word : words) refusal.hasMessageContaining(String.valueOf(word));
    assertThat(contents()).isEqualTo(before);
  }

  /** The volume alone: the other one is served. Whoever lists them sees one without a size. */
  private void assertRefused(String volume, Object... words) throws IOException {
    // What a crash left, and what an opening in which all is sound would remove.
    String next = ManifestFormat.decode("m", Files.readAllBytes(manifest(other(volume)))).next();
    makeSparse(layer(next)); // left by a crash
    var before = contents();

    try (Store store = open()) {
      var refusal =
          assertThatThrownBy(() -> store.openVolume(volume))
              .isInstanceOf(GatewayError.Damaged.class);
      for (Object word : words) refusal.hasMessageContaining(String.valueOf(word));
      assertThatThrownBy(() -> store.create(volume, 8192))
          .isInstanceOf(GatewayError.Conflict.class);
      assertThat(store.list())
          .filteredOn(info -> info.name().equals(volume))
          .extracting(VolumeInfo::sizeBytes)
          .containsExactly(0L);
      store.openVolume(other(volume)).close();
    }

    assertThat(contentsOfVolumes(contents())).isEqualTo(contentsOfVolumes(before));
  }

  /** The store is open: who holds it is noted, and what its file system can do was tried. */
  private static Map<String, String> contentsOfVolumes(Map<String, String> contents) {
    contents.keySet().removeIf(path -> path.endsWith("HOLDER") || path.endsWith("STORE"));
    return contents;
  }

  private static void makeSparse(Path file) throws IOException {
    try (var made = new RandomAccessFile(file.toFile(), "rw")) {
      made.setLength(8192);
    }
  }

  private static String other(String volume) {
    return volume.equals("one") ? "two" : "one";
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

    assertRefused("two", manifest("two"), "format 3");
  }

  @Test
  void manifestsWithAMemberThatIsNotKnown() throws IOException {
    byte[] sealed =
        SealedJson.seal(
            SealedJson.open("x", Files.readAllBytes(manifest("two")), 1).put("owner", "me"));
    Files.write(manifest("two"), sealed);

    assertRefused("two", manifest("two"), "owner");
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

    assertRefused("one", manifest("one"), "truncated");
  }

  @Test
  void changedManifests() throws IOException {
    replace(manifest("one"), "\"size\":8192", "\"size\":4096");

    assertRefused("one", manifest("one"), "checksum");
  }

  @Test
  void missingManifests() throws IOException {
    Files.delete(manifest("two"));

    assertRefused("two", manifest("two"), "missing", "volume two");
  }

  @Test
  void missingLayers() throws IOException {
    Path layer = layerOf("one");
    Files.delete(layer);

    assertRefused("one", layer, "missing");
  }

  @Test
  void truncatedLayers() throws IOException {
    Path layer = layerOf("one");
    truncate(layer, 8191);

    assertRefused("one", layer, "truncated", "8191", "8192");
  }

  /** The manifest may be an old one, brought back from a backup. */
  @Test
  void layersWithDataAfterTheirEnd() throws IOException {
    Path layer = layerOf("one");
    Files.writeString(layer, "written after it grew".repeat(1000), StandardOpenOption.APPEND);

    assertRefused("one", layer, "data after the 8192 bytes");
  }

  /** A snapshot was made since: what was written after it must not be taken for a leftover. */
  @Test
  void manifestsThatAreOlderThanALayer() throws IOException {
    byte[] older = Files.readAllBytes(manifest("one"));
    try (Store store = open();
        Volume volume = store.openVolume("one")) {
      store.snapshots().create("one", "monday");
      volume.write(0, ByteBuffer.allocate(4096).put(0, (byte) 7));
    }
    Path newest = layerOf("one");
    Files.write(manifest("one"), older);

    assertRefused("one", newest, "manifest of volume one, which may be an old one");
    assertThat(newest).exists();
  }

  @Test
  void copiedVolumes() throws IOException {
    Files.createDirectory(manifest("three").getParent());
    Files.copy(manifest("two"), manifest("three"));

    assertRefused("two", "two", "three", "same guid");
  }

  @Test
  void everyVolumeThatIsNotSound() throws IOException {
    Files.delete(manifest("two"));
    truncate(manifest("one"), 50);
    var before = contents();

    try (Store store = open()) {
      assertThatThrownBy(() -> store.openVolume("one")).hasMessageContaining("truncated");
      assertThatThrownBy(() -> store.openVolume("two")).hasMessageContaining("missing");
      assertThat(store.list()).extracting(VolumeInfo::sizeBytes).containsExactly(0L, 0L);
    }
    assertThat(contents().keySet()).isEqualTo(before.keySet());
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
    Path next = layer(ManifestFormat.decode("m", Files.readAllBytes(manifest("one"))).next());
    makeSparse(next);
    Files.writeString(directory.resolve("volumes").resolve("one").resolve("manifest.tmp"), "{");
    Files.createDirectory(directory.resolve("volumes").resolve(".new-three"));
    Files.createDirectory(directory.resolve("volumes").resolve(".gone-1"));
    Files.writeString(directory.resolve("volumes").resolve(".gone-1").resolve("manifest.json"), "");
    try (var grown = new RandomAccessFile(layerOf("one").toFile(), "rw")) {
      grown.setLength(1 << 20); // and the manifest that was to say so is not there
    }
    Files.writeString(directory.resolve("layers").resolve("notes.txt"), "an operator's");

    assertThatCode(() -> open().close()).doesNotThrowAnyException();

    assertThat(next).doesNotExist();
    assertThat(directory.resolve("layers").resolve("notes.txt")).exists();
    assertThat(layerOf("one")).hasSize(8192);
    try (Stream<Path> volumes = Files.list(directory.resolve("volumes"))) {
      assertThat(volumes.map(path -> path.getFileName().toString()))
          .containsExactlyInAnyOrder("one", "two");
    }
  }

  /** Its volume's directory may have been lost, which must not cost the data too. */
  @Test
  void layersThatNoManifestKnowsStay() throws IOException {
    Path layer = layerOf("one");
    Files.delete(manifest("one"));
    Files.delete(manifest("one").getParent());
    Files.writeString(directory.resolve("layers").resolve(ORPHAN), "whose is it?");

    assertThatCode(() -> open().close()).doesNotThrowAnyException();

    assertThat(layer).exists();
    assertThat(directory.resolve("layers").resolve(ORPHAN)).exists();
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
