package dev.penstock.volumes.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.spi.GatewayError;
import dev.penstock.volumes.disk.Disk;
import dev.penstock.volumes.disk.Disk.Opening;
import dev.penstock.volumes.disk.DiskFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LinuxDiskTest {
  @TempDir private Path directory;
  private Disk disk = LinuxDisk.at(Path.of("/")).orElseThrow();

  @BeforeEach
  void openDisk() {
    disk = LinuxDisk.at(directory).orElseThrow();
  }

  @Test
  void everyErrorHasItsNameAndThePath() {
    assertThatThrownBy(() -> disk.open("no/where", Opening.EXISTING))
        .isInstanceOf(GatewayError.Failed.class)
        .hasMessageContaining("ENOENT")
        .hasMessageContaining(directory.resolve("no/where").toString());
    disk.makeDirectory("there");
    assertThatThrownBy(() -> disk.makeDirectory("there")).hasMessageContaining("EEXIST");
    assertThatThrownBy(() -> disk.open("there", Opening.EXISTING)).hasMessageContaining("EISDIR");
    disk.open("there/file", Opening.NEW).close();
    assertThatThrownBy(() -> disk.open("there/file", Opening.NEW)).hasMessageContaining("EEXIST");
    assertThatThrownBy(() -> disk.removeDirectory("there")).hasMessageContaining("ENOTEMPTY");
    assertThatThrownBy(() -> disk.unlink("there")).hasMessageContaining("EISDIR");
    assertThatThrownBy(() -> disk.rename("nobody", "x")).hasMessageContaining("ENOENT");
  }

  @ParameterizedTest(name = "errno {0}: {1}")
  @CsvSource({
    "28, NoSpace, ENOSPC",
    "122, NoSpace, EDQUOT",
    "27, NoSpace, EFBIG",
    "24, Unavailable, EMFILE",
    "23, Unavailable, ENFILE",
    "5, Failed, EIO",
    "30, Failed, EROFS",
    "117, Failed, EUCLEAN",
    "999, Failed, error 999"
  })
  void everyErrorNumberBecomesTheErrorThatItIs(int errno, String type, String name) {
    GatewayError error = Errno.error(errno, "write", "/srv/x");

    assertThat(error.getClass().getSimpleName()).isEqualTo(type);
    assertThat(error.what()).contains("write /srv/x").contains(name);
  }

  @Test
  void filesAreNobodyElsesToRead() throws Exception {
    disk.makeDirectory("d");
    disk.open("d/f", Opening.NEW).close();

    assertThat(Files.getPosixFilePermissions(directory.resolve("d")))
        .extracting(Enum::name)
        .allMatch(name -> name.startsWith("OWNER"));
    assertThat(Files.getPosixFilePermissions(directory.resolve("d/f")))
        .extracting(Enum::name)
        .allMatch(name -> name.startsWith("OWNER"));
  }

  @Test
  void locksKeepOthersOutUntilTheFileIsClosedAndNoOtherDescriptorDropsThem() {
    try (DiskFile first = disk.open("lock", Opening.NEW)) {
      assertThat(first.tryLock()).isTrue();
      try (DiskFile second = disk.open("lock", Opening.EXISTING)) {
        assertThat(second.tryLock()).isFalse();
      }
      try (DiskFile third = disk.open("lock", Opening.EXISTING)) {
        assertThat(third.tryLock()).isFalse();
      }
    }
    try (DiskFile next = disk.open("lock", Opening.EXISTING)) {
      assertThat(next.tryLock()).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 3, 64 << 10, (3 << 20) + 512})
  void probingLeavesTheFileAsItWas(int size) {
    byte[] bytes = new byte[size];
    Arrays.fill(bytes, (byte) 9);
    try (DiskFile file = disk.open("probed", Opening.NEW)) {
      file.write(0, ByteBuffer.wrap(bytes));
      file.sync();
      long allocated = file.allocatedBytes();

      var found = file.probe();

      assertThat(file.probe()).isEqualTo(found);
      assertThat(file.sizeBytes()).isEqualTo(size);
      assertThat(file.allocatedBytes()).isEqualTo(allocated);
      ByteBuffer read = ByteBuffer.allocate(size);
      file.read(0, read);
      assertThat(Arrays.equals(read.array(), bytes)).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, Scratch.COPY_BYTES - 1, Scratch.COPY_BYTES, 3 * Scratch.COPY_BYTES + 5})
  void heapBuffersOfAnySizeAreCopiedWhole(int length) {
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) bytes[i] = (byte) (i * 31 + i / 251);
    try (DiskFile file = disk.open("heap", Opening.NEW)) {
      file.write(7, ByteBuffer.wrap(bytes).asReadOnlyBuffer());
      ByteBuffer heap = ByteBuffer.allocate(length);
      ByteBuffer direct = ByteBuffer.allocateDirect(length);

      file.read(7, heap);
      file.read(7, direct);

      assertThat(Arrays.equals(heap.array(), bytes)).isTrue();
      assertThat(direct.flip()).isEqualTo(ByteBuffer.wrap(bytes));
      assertThatThrownBy(() -> file.read(7, ByteBuffer.allocate(length + 1)))
          .isInstanceOf(GatewayError.Damaged.class)
          .hasMessageContaining("truncated");
    }
  }

  @Test
  void whatWasJustWrittenIsReadWithoutWaiting() {
    try (DiskFile file = disk.open("cached", Opening.NEW)) {
      file.write(0, ByteBuffer.wrap(new byte[] {1, 2, 3, 4}));
      if (!file.probe().readNow()) return;
      ByteBuffer target = ByteBuffer.allocateDirect(16);

      assertThat(file.readNow(0, target)).isEqualTo(4);

      assertThat(target.flip()).isEqualTo(ByteBuffer.wrap(new byte[] {1, 2, 3, 4}));
    }
  }
}
