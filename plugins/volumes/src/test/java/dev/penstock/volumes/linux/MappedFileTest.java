package dev.penstock.volumes.linux;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.volumes.disk.Disk;
import dev.penstock.volumes.disk.DiskFile;
import dev.penstock.volumes.disk.FileMemory;
import dev.penstock.volumes.disk.FileMemory.Span;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file as memory: only what is there, and for as long as somebody looks at it. */
class MappedFileTest {
  private static final int WINDOW_BYTES = MappedFile.WINDOW_BYTES;
  private static final int WINDOWS = 200; // more than are kept

  @TempDir private Path directory;
  private DiskFile file;
  private FileMemory memory;

  @BeforeEach
  void make() {
    Disk disk = LinuxDisk.at(directory).orElseThrow();
    file = disk.open("file", Disk.Opening.NEW);
    file.truncate((long) WINDOWS * WINDOW_BYTES);
    memory = file.openMemory().orElseThrow();
  }

  @AfterEach
  void close() {
    memory.close();
    file.close();
  }

  private void write(long offset, long value) {
    file.write(offset, ByteBuffer.allocate(8).putLong(0, value));
  }

  @Test
  void whatWasWrittenIsSeenWithoutACopy() {
    write(4096, 1);
    try (Span span = memory.now(4096, 8).orElseThrow()) {
      write(4096, 2);
      assertThat(span.bytes().getLong(0)).isEqualTo(2);
    }
  }

  @Test
  void whatIsNotInMemoryIsNotWaitedFor() {
    write(0, 1);
    assertThat(memory.now(0, 8192)).as("its second page was never read").isEmpty();
  }

  @Test
  void rangesThatAreNotAlignedAreAskedForByTheirPages() {
    write(4096 - 4, 7);
    try (Span span = memory.now(4096 - 4, 8).orElseThrow()) {
      assertThat(span.bytes().getLong(0)).isEqualTo(7);
    }
  }

  @Test
  void whatIsPastTheEndOfATruncatedFileIsNotThere() {
    write(0, 1);
    file.truncate(0);
    assertThat(memory.now(0, 8)).isEmpty();
  }

  @Test
  void whatIsHeldStaysWhileOtherWindowsComeAndGo() {
    List<Span> held = new ArrayList<>();
    for (int window = 0; window < WINDOWS; window++) {
      write((long) window * WINDOW_BYTES, window);
      held.add(memory.now((long) window * WINDOW_BYTES, 8).orElseThrow());
    }
    for (int window = 0; window < WINDOWS; window++) {
      assertThat(held.get(window).bytes().getLong(0)).isEqualTo(window);
    }
    held.forEach(Span::close);
    assertThat(memory.now(0, 8)).as("mapped again").isPresent().get().satisfies(Span::close);
  }

  @Test
  void nothingIsHandedOutOnceItIsClosed() {
    write(0, 1);
    memory.close();
    assertThat(memory.now(0, 8)).isEmpty();
  }
}
