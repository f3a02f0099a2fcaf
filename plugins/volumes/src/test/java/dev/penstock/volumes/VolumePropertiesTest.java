package dev.penstock.volumes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.volume.Extent;
import dev.penstock.spi.volume.Extent.Kind;
import dev.penstock.spi.volume.Volume;
import dev.penstock.spi.volume.ZeroMode;
import dev.penstock.volumes.disk.SimulatedDisk;
import dev.penstock.volumes.disk.SimulatedDisk.Names;
import dev.penstock.volumes.disk.Survivors;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Whatever is done to a volume in whatever order, it is an array of bytes that can grow. */
class VolumePropertiesTest {
  private static final int SIZE = 128 << 10;
  private static final int GROWTH = 64 << 10;
  private static final int SIZE_MAX = 4 * SIZE;

  enum Kinds {
    WRITE,
    WRITE_DURABLY,
    TRIM,
    ZERO,
    ZERO_KEEPING_SPACE,
    FLUSH,
    GROW,
    REOPEN_VOLUME,
    REOPEN_STORE
  }

  /**
   * @param offset and {@code length} in 64 KiB of the size: they scale with the volume
   */
  record Step(Kinds kind, int offset, int length, byte fill) {}

  @Provide
  Arbitrary<List<Step>> steps() {
    Arbitrary<Integer> places = Arbitraries.integers().between(0, 0xffff);
    Arbitrary<Integer> lengths = Arbitraries.oneOf(Arbitraries.integers().between(0, 700), places);
    return Combinators.combine(
            Arbitraries.of(Kinds.class),
            places,
            lengths,
            Arbitraries.bytes().between((byte) 1, (byte) 99))
        .as(Step::new)
        .list()
        .ofMaxSize(30);
  }

  @Property(tries = 60)
  void aVolumeOnLinuxIsAnArrayOfBytes(@ForAll("steps") List<Step> steps) throws IOException {
    Path directory = Files.createTempDirectory("volume-properties");
    try (var run = new Run(() -> StampWriter.open(directory))) {
      steps.forEach(run::carryOut);
    } finally {
      removeTree(directory);
    }
  }

  @Property(tries = 100)
  void aVolumeOnTheSimulatedDiskIsAnArrayOfBytes(@ForAll("steps") List<Step> steps) {
    var disk = new SimulatedDisk(Survivors.NONE, Names.STRICT);
    try (var run =
        new Run(() ->
            Store.open(
                disk, new Store.Limits(10, 1 << 30, 10, 1 << 20), () -> Instant.EPOCH, _ -> {}))) {
      steps.forEach(run::carryOut);
    }
  }

  private static void removeTree(Path directory) throws IOException {
    try (Stream<Path> paths = Files.walk(directory)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) Files.delete(path);
    }
  }

  private interface Opener {
    Store open();
  }

  private static final class Run implements AutoCloseable {
    private final Opener opener;
    private Store store;
    private Volume volume;
    private byte[] model = new byte[SIZE];

    Run(Opener opener) {
      this.opener = opener;
      this.store = opener.open();
      this.volume = store.openVolume(store.create("v", SIZE).name());
    }

    void carryOut(Step step) {
      int offset = scaled(step.offset());
      int length = Math.min(scaled(step.length()), model.length - offset);
      switch (step.kind()) {
        case WRITE -> volume.write(offset, filled(step, offset, length));
        case WRITE_DURABLY -> volume.writeDurably(offset, filled(step, offset, length));
        case TRIM -> {
          volume.trim(offset, length);
          Arrays.fill(model, offset, offset + length, (byte) 0);
        }
        case ZERO -> zero(offset, length, ZeroMode.MAY_PUNCH);
        case ZERO_KEEPING_SPACE -> zero(offset, length, ZeroMode.KEEP_SPACE);
        case FLUSH -> volume.flush();
        case GROW -> {
          model = Arrays.copyOf(model, Math.min(model.length + GROWTH, SIZE_MAX));
          volume.resize(model.length);
        }
        case REOPEN_VOLUME -> {
          volume.close();
          volume = store.openVolume("v");
        }
        case REOPEN_STORE -> {
          store.close();
          store = opener.open();
          volume = store.openVolume("v");
        }
      }
      assertSame();
    }

    private int scaled(int place) {
      return (int) (((long) place * model.length) >> 16);
    }

    private ByteBuffer filled(Step step, int offset, int length) {
      Arrays.fill(model, offset, offset + length, step.fill());
      return ByteBuffer.wrap(model.clone(), offset, length);
    }

    private void zero(int offset, int length, ZeroMode mode) {
      volume.zero(offset, length, mode);
      Arrays.fill(model, offset, offset + length, (byte) 0);
    }

    private void assertSame() {
      ByteBuffer read = ByteBuffer.allocate(model.length);
      volume.read(0, read);
      assertThat(Arrays.mismatch(read.array(), model)).isEqualTo(-1);
      List<Extent> extents = new ArrayList<>();
      volume.extents(0, model.length, extents::add);
      long at = 0;
      for (Extent extent : extents) {
        assertThat(extent.offset()).isEqualTo(at);
        if (extent.kind() != Kind.DATA)
          for (long i = at; i < extent.endOffset(); i++)
            if (model[(int) i] != 0)
              throw new AssertionError("byte %d is in %s".formatted(i, extent));
        at = extent.endOffset();
      }
      assertThat(at).isEqualTo(model.length);
    }

    @Override
    public void close() {
      store.close();
    }
  }
}
