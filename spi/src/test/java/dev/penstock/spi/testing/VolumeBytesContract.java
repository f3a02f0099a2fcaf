package dev.penstock.spi.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.volume.ZeroMode;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is read is what was written, wherever a range begins and ends. */
abstract class VolumeBytesContract extends VolumeFixture {
  @Test
  void knowsItsSizeAndName() {
    assertThat(volume.sizeBytes()).isEqualTo(SIZE);
    assertThat(volume.info().sizeBytes()).isEqualTo(SIZE);
    assertThat(volume.info().name()).isNotBlank();
    assertThat(volume.info().guid()).isEqualTo(volume.info().guid());
    assertThat(volume.dirtyBytes()).isNotNegative();
  }

  @Test
  void declaresTheSameCapabilitiesForAsLongAsItIsOpen() {
    var before = volume.capabilities();

    volume.write(0, pattern(1, 4096));
    volume.flush();

    assertThat(volume.capabilities()).isEqualTo(before);
  }

  @Test
  void readsAsZeroesWhereNobodyWrote() {
    assertZeroes(read(0, SIZE));
  }

  @ParameterizedTest(name = "{1} bytes at {0}")
  @CsvSource({
    "0, 1",
    "0, 512",
    "0, 4096",
    "1, 1",
    "511, 2",
    "4095, 4098",
    "4096, 65536",
    "12345, 1048576",
    "4194815, 4",
    "4194303, 515",
    "0, 4194819"
  })
  void readsWhatWasWrittenAtAnyAlignment(int offset, int length) {
    byte[] written = bytes(7, length);

    volume.write(offset, ByteBuffer.wrap(written));

    assertThat(read(offset, length)).isEqualTo(written);
    assertZeroes(read(0, offset));
    assertZeroes(read(offset + length, SIZE - offset - length));
  }

  static Stream<ByteBuffer> buffers() {
    ByteBuffer heap = ByteBuffer.allocate(10_000).position(1_000).limit(9_000);
    ByteBuffer direct = ByteBuffer.allocateDirect(10_000).position(17).limit(8_017);
    return Stream.of(
        heap,
        direct,
        ByteBuffer.allocate(10_000).slice(100, 8_000),
        ByteBuffer.allocateDirect(10_000).slice(3, 8_000));
  }

  @ParameterizedTest
  @MethodSource("buffers")
  void takesFromPositionToLimitAndLeavesTheSourceAsItWas(ByteBuffer source) {
    int length = source.remaining();
    int start = source.position();
    byte[] content = bytes(5, length);
    source.duplicate().put(content);

    volume.write(600, source.asReadOnlyBuffer().duplicate());
    volume.write(600, source);

    assertThat(source.hasRemaining()).as("all is taken").isFalse();
    assertThat(source.limit()).isEqualTo(start + length);
    assertThat(toArray(source.duplicate().position(start))).isEqualTo(content);
    assertThat(read(600, length)).isEqualTo(content);
  }

  @ParameterizedTest
  @MethodSource("buffers")
  void fillsFromPositionToLimitAndNothingElse(ByteBuffer target) {
    int length = target.remaining();
    int start = target.position();
    volume.write(0, pattern(9, SIZE));
    ByteBuffer all = target.duplicate().clear();
    while (all.hasRemaining()) all.put((byte) 0x5a);

    volume.read(777, target);

    assertThat(target.position()).isEqualTo(start + length);
    assertThat(target.limit()).isEqualTo(start + length);
    byte[] whole = toArray(target.duplicate().clear());
    assertThat(Arrays.copyOfRange(whole, start, start + length)).isEqualTo(read(777, length));
    for (int i = 0; i < whole.length; i++)
      if (i < start || i >= start + length) assertThat(whole[i]).isEqualTo((byte) 0x5a);
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 4096, SIZE})
  void rangesOfLengthZeroAreHarmlessEverywhere(long offset) {
    volume.read(offset, ByteBuffer.allocate(0));
    volume.write(offset, ByteBuffer.allocate(0));
    volume.writeDurably(offset, ByteBuffer.allocate(0));
    volume.trim(offset, 0);
    volume.zero(offset, 0, ZeroMode.MAY_PUNCH);
    volume.zero(offset, 0, ZeroMode.KEEP_SPACE);
    volume.cache(offset, 0);
    volume.extents(
        offset,
        0,
        extent -> {
          throw new AssertionError("an extent in a range without bytes: " + extent);
        });

    assertThat(volume.readNow(offset, ByteBuffer.allocate(0))).isZero();
    assertZeroes(read(0, SIZE));
  }

  /** Offset and length; those that wrap 64 bits are like any other. */
  static List<long[]> rangesThatEndElsewhere() {
    long max = Long.MAX_VALUE;
    return List.of(
        new long[] {SIZE, 1},
        new long[] {SIZE - 1, 2},
        new long[] {0, SIZE + 1L},
        new long[] {SIZE + 1L, 0},
        new long[] {-1, 1},
        new long[] {-1, 0},
        new long[] {-1, 2},
        new long[] {Long.MIN_VALUE, 1},
        new long[] {max, 1},
        new long[] {max, 0},
        new long[] {max - 1, 4096});
  }

  @ParameterizedTest
  @MethodSource("rangesThatEndElsewhere")
  void refusesToReadAndWriteOutsideBeforeAnyByteMoves(long[] range) {
    byte[] before = bytes(3, SIZE);
    volume.write(0, ByteBuffer.wrap(before));
    ByteBuffer buffer = ByteBuffer.allocate((int) range[1]);

    assertInvalid(() -> volume.read(range[0], buffer));
    assertInvalid(() -> volume.write(range[0], buffer));
    assertInvalid(() -> volume.writeDurably(range[0], buffer));

    assertThat(buffer.position()).isZero();
    assertZeroes(buffer.array());
    assertThat(read(0, SIZE)).isEqualTo(before);
  }

  static List<long[]> lengthsThatEndElsewhere() {
    List<long[]> ranges = new ArrayList<>(rangesThatEndElsewhere());
    long max = Long.MAX_VALUE;
    ranges.addAll(
        List.of(
            new long[] {1, max},
            new long[] {max, max},
            new long[] {4096, max - 100},
            new long[] {0, -1},
            new long[] {4096, -4096},
            new long[] {0, Long.MIN_VALUE}));
    return ranges;
  }

  @ParameterizedTest
  @MethodSource("lengthsThatEndElsewhere")
  void refusesEveryOtherCallOutsideBeforeAnyByteMoves(long[] range) {
    byte[] before = bytes(3, SIZE);
    volume.write(0, ByteBuffer.wrap(before));

    assertInvalid(() -> volume.trim(range[0], range[1]));
    assertInvalid(() -> volume.zero(range[0], range[1], ZeroMode.MAY_PUNCH));
    assertInvalid(() -> volume.zero(range[0], range[1], ZeroMode.KEEP_SPACE));
    assertInvalid(() -> volume.cache(range[0], range[1]));
    assertInvalid(() -> volume.extents(range[0], range[1], _ -> true));

    assertThat(read(0, SIZE)).isEqualTo(before);
  }

  /** A failing row replays from its number. */
  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void behavesAsAnArrayOfBytesUnderAnySequenceOfCalls(long seed) {
    var random = new Random(seed);
    var model = new VolumeModel(SIZE);
    for (int step = 0; step < 120; step++) {
      String did = model.step(random, volume);
      model.assertSame(volume, "seed %d, step %d: %s".formatted(seed, step, did));
    }
  }

  @Test
  void durableWritesAreReadAtOnce() {
    byte[] written = bytes(21, 10_000);

    volume.writeDurably(4321, ByteBuffer.wrap(written));
    volume.flush();

    assertThat(read(4321, 10_000)).isEqualTo(written);
  }

  @Test
  void cachingChangesNothing() {
    byte[] written = bytes(2, SIZE);
    volume.write(0, ByteBuffer.wrap(written));

    volume.cache(0, SIZE);
    volume.cache(1, 1);

    assertThat(read(0, SIZE)).isEqualTo(written);
  }
}
