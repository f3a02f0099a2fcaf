package dev.penstock.volumes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.volume.Volume;
import dev.penstock.volumes.manifest.ManifestFormat;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A byte that rots in any kind of file is named, costs its own volume, and none of the others. */
class DamagedFilesTest {
  private static final long SIZE = 64 << 10;
  private static final int LOG_HEADER_BYTES = 4096;
  private static final int MAP_HEADER_BYTES = 64;

  @TempDir private Path directory;
  private UUID older = new UUID(0, 0);
  private String frozen = "";
  private String head = "";

  /** A root, a frozen layer that has a map, and a head that has a log. */
  @BeforeEach
  void makeLayers() throws IOException {
    try (Store store = StampWriter.open(directory)) {
      store.create("demo", SIZE);
      store.create("other", SIZE);
      try (Volume other = store.openVolume("other")) {
        other.write(0, CrashModel.sectors(9, 8));
      }
      try (Volume volume = store.openVolume("demo")) {
        volume.write(0, CrashModel.sectors(1, 8));
        store.snapshots().create("demo", "first");
        frozen = headOf("demo");
        volume.write(0, CrashModel.sectors(2, 8));
        older = store.snapshots().create("demo", "second").guid();
        head = headOf("demo");
        while (store.merging().step(_ -> {})) {}
        volume.write(0, CrashModel.sectors(3, 8));
        volume.flush();
        volume.write(4096, CrashModel.sectors(4, 8));
        volume.flush();
      }
    }
  }

  private String headOf(String volume) throws IOException {
    Path manifest = directory.resolve("volumes").resolve(volume).resolve("manifest.json");
    return ManifestFormat.decode("m", Files.readAllBytes(manifest)).head();
  }

  private Path layer(String id, String kind) {
    return directory.resolve("layers").resolve(id + kind);
  }

  private static void rot(Path file, long at) throws IOException {
    try (var channel =
        Files.newByteChannel(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      ByteBuffer one = ByteBuffer.allocate(1);
      channel.position(at).read(one);
      one.put(0, (byte) (one.get(0) ^ 0x10)).flip();
      channel.position(at).write(one);
    }
  }

  private static void assertHolds(Volume volume, long offset, long value) {
    ByteBuffer bytes = ByteBuffer.allocate(8 * Stamps.SECTOR_BYTES);
    volume.read(offset, bytes);
    assertThat(bytes.flip()).isEqualTo(CrashModel.sectors(value, 8));
  }

  private static void assertOtherIsServed(Store store) {
    try (Volume other = store.openVolume("other")) {
      assertHolds(other, 0, 9);
      other.write(0, CrashModel.sectors(10, 8));
      other.flush();
    }
    store.create("third", SIZE);
    store.snapshots().create("other", "still-possible");
  }

  private void assertDemoIsDamaged(Path file, List<String> words) {
    try (Store store = StampWriter.open(directory)) {
      var refused =
          assertThatThrownBy(
                  () -> {
                    try (Volume volume = store.openVolume("demo")) {
                      assertHolds(volume, 0, 3);
                    }
                  })
              .isInstanceOf(GatewayError.Damaged.class)
              .hasMessageContaining(file.toString());
      words.forEach(refused::hasMessageContaining);
      assertOtherIsServed(store);
    }
  }

  @Test
  void manifests() throws IOException {
    Path manifest = directory.resolve("volumes").resolve("demo").resolve("manifest.json");
    rot(manifest, 40);

    assertDemoIsDamaged(manifest, List.of("checksum"));
  }

  @Test
  void headersOfLogs() throws IOException {
    rot(layer(head, ".log"), 20);

    assertDemoIsDamaged(layer(head, ".log"), List.of("header"));
  }

  @Test
  void logsThatDoNotBeginLikeOne() throws IOException {
    rot(layer(head, ".log"), 0);

    assertDemoIsDamaged(layer(head, ".log"), List.of("does not begin like one"));
  }

  private void assertSnapshotIsDamaged(long at, String word) throws IOException {
    Path map = layer(frozen, ".map");
    rot(map, at);

    try (Store store = StampWriter.open(directory)) {
      assertThatThrownBy(
              () -> {
                try (Volume snapshot = store.snapshots().openSnapshot("demo", older)) {
                  assertHolds(snapshot, 0, 2);
                }
              })
          .isInstanceOf(GatewayError.Damaged.class)
          .hasMessageContaining(map.toString())
          .hasMessageContaining(word);
      assertOtherIsServed(store);
    }
  }

  @Test
  void headersOfMaps() throws IOException {
    assertSnapshotIsDamaged(35, "header");
  }

  @Test
  void pagesOfMaps() throws IOException {
    assertSnapshotIsDamaged(MAP_HEADER_BYTES + 18, "page 0");
  }

  /** A crash leaves no record behind one that is not whole. */
  @Test
  void recordsOfLogsBeforeOthers() throws IOException {
    rot(layer(head, ".log"), LOG_HEADER_BYTES + 8);

    assertDemoIsDamaged(layer(head, ".log"), List.of("record 1 ", "record 2 "));
  }

  /** Of a frozen layer: the snapshot is refused, and what others have to be done goes on. */
  @Test
  void recordsOfLogsOfFrozenLayersBeforeOthers() throws IOException {
    UUID third;
    try (Store store = StampWriter.open(directory);
        Volume volume = store.openVolume("demo")) {
      volume.write(8192, CrashModel.sectors(5, 8));
      volume.flush();
      volume.write(12288, CrashModel.sectors(6, 8));
      third = store.snapshots().create("demo", "third").guid();
    }
    rot(layer(head, ".log"), LOG_HEADER_BYTES + 8);

    try (Store store = StampWriter.open(directory)) {
      while (store.merging().step(_ -> {})) {}
      assertThat(layer(head, ".log")).exists();
      assertThatThrownBy(
              () -> {
                try (Volume snapshot = store.snapshots().openSnapshot("demo", third)) {
                  assertHolds(snapshot, 0, 3);
                }
              })
          .isInstanceOf(GatewayError.Damaged.class)
          .hasMessageContaining(layer(head, ".log").toString());
      assertOtherIsServed(store);
    }
  }

  /** As a crash leaves it: what is after it was not acknowledged. */
  @Test
  void theLastRecordsOfLogsEndTheLog() throws IOException {
    rot(layer(head, ".log"), LOG_HEADER_BYTES + 32 + 8);

    try (Store store = StampWriter.open(directory)) {
      try (Volume volume = store.openVolume("demo")) {
        assertHolds(volume, 0, 3);
        assertHolds(volume, 4096, 0);
      }
      assertOtherIsServed(store);
    }
  }
}
