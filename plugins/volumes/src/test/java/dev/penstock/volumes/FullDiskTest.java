package dev.penstock.volumes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.testing.Peer;
import dev.penstock.spi.volume.Volume;
import dev.penstock.spi.volume.ZeroMode;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Real file systems that are really full. Mounting them takes a root user. */
@Tag("peer")
@Timeout(120)
class FullDiskTest {
  private static final int MIB = 1 << 20;
  private static final int DISK_BYTES = 32 * MIB;
  private static final long VOLUME_BYTES = 1L << 30;

  @TempDir private Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"tmpfs", "ext4"})
  void aFullDiskIsOneRequestsAndTrimMakesRoomAgain(String type) throws IOException {
    Path mounted = Files.createDirectory(directory.resolve("mounted"));
    mount(type, mounted);
    try (Store store = StampWriter.open(mounted)) {
      store.create("other", MIB);
      store.create("demo", VOLUME_BYTES);
      try (Volume volume = store.openVolume("demo");
          Volume other = store.openVolume("other")) {
        other.zero(0, MIB, ZeroMode.KEEP_SPACE);
        long full = fill(volume);

        assertThatThrownBy(() -> volume.writeDurably(full + MIB, megabyte()))
            .isInstanceOf(GatewayError.NoSpace.class)
            .hasMessageContaining("ENOSPC");
        assertThatThrownBy(() -> store.create("third", MIB))
            .isInstanceOf(GatewayError.NoSpace.class);
        assertContent(volume, 0);
        other.write(0, megabyte());
        other.flush();
        volume.flush();
        volume.trim(0, 8L * MIB);
        volume.flush();
        volume.write(0, megabyte());
        volume.flush();
        assertContent(volume, 0);
      }
      assertThat(store.create("third", MIB).name()).isEqualTo("third");
    } finally {
      Peer.run("umount", mounted);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"tmpfs", "ext4"})
  void storesOnAFullDiskOpenAndServe(String type) throws IOException {
    Path mounted = Files.createDirectory(directory.resolve("mounted"));
    mount(type, mounted);
    try {
      try (Store store = StampWriter.open(mounted)) {
        store.create("demo", VOLUME_BYTES);
        try (Volume volume = store.openVolume("demo")) {
          fill(volume);
          volume.flush();
        }
      }
      try (Store store = StampWriter.open(mounted);
          Volume volume = store.openVolume("demo")) {
        assertContent(volume, 0);
        volume.trim(0, VOLUME_BYTES);
        volume.write(MIB, megabyte());
        volume.flush();
      }
    } finally {
      Peer.run("umount", mounted);
    }
  }

  private void mount(String type, Path where) throws IOException {
    Peer.require("mount", "umount", "mkfs.ext4");
    if (!type.equals("tmpfs")) makeImage();
    Peer.Result mounted =
        type.equals("tmpfs")
            ? Peer.call("mount", "-t", type, "-o", "size=" + DISK_BYTES, type, where)
            : Peer.call("mount", "-t", type, "-o", "loop", image(), where);
    if (mounted.exit() != 0)
      Peer.unavailable("cannot mount %s: %s".formatted(type, mounted.text()));
    if (!type.equals("tmpfs")) Files.deleteIfExists(where.resolve("lost+found"));
  }

  private Path image() {
    return directory.resolve("image");
  }

  private void makeImage() throws IOException {
    try (var image = new RandomAccessFile(image().toFile(), "rw")) {
      image.setLength(DISK_BYTES);
    }
    Peer.run("mkfs.ext4", "-q", "-F", image());
  }

  private static ByteBuffer megabyte() {
    byte[] bytes = new byte[MIB];
    Arrays.fill(bytes, (byte) 0x5a);
    return ByteBuffer.wrap(bytes);
  }

  private static void assertContent(Volume volume, long offset) {
    ByteBuffer read = ByteBuffer.allocate(MIB);
    volume.read(offset, read);
    assertThat(read.flip()).isEqualTo(megabyte());
  }

  /** Writes until the disk is full; answers where it was. */
  private static long fill(Volume volume) {
    for (long at = 0; at < 2L * DISK_BYTES; at += MIB)
      try {
        volume.write(at, megabyte());
      } catch (GatewayError.NoSpace _) {
        return at;
      }
    throw new AssertionError("the disk takes more than it has");
  }
}
