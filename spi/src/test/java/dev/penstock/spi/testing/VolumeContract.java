package dev.penstock.spi.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.volume.Extent;
import dev.penstock.spi.volume.FileRegion;
import dev.penstock.spi.volume.Volume;
import dev.penstock.spi.volume.VolumeCapability;
import dev.penstock.spi.volume.ZeroMode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What every {@link Volume} is held to: each promise of its Javadoc that a test can see. Extend it,
 * say how to make a volume of yours, and run it with JUnit.
 */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
public abstract class VolumeContract {
  /** Ends inside a sector: the last request of a client is often short. */
  protected static final int SIZE = (4 << 20) + 512 + 3;

  private static final int SECTOR = 512;
  private static final int MIB = 1 << 20;
  private static final int WORKERS = 4;

  private Volume volume = MemoryVolume.ofBytes(0);

  /** A new volume that nobody wrote to. The contract closes it, perhaps twice. */
  protected abstract Volume newVolume(long sizeBytes) throws Exception;

  @BeforeEach
  void makeVolume() throws Exception {
    volume = newVolume(SIZE);
  }

  @AfterEach
  void closeVolume() {
    volume.close();
  }

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

  @ParameterizedTest
  @MethodSource("rangesThatEndElsewhere")
  void fastPathGivesNothingOutside(long[] range) {
    ByteBuffer target = ByteBuffer.allocate((int) range[1]);

    assertNothingOrInvalid(() -> volume.readNow(range[0], target));
    assertNothingOrInvalid(() -> volume.regions(range[0], range[1]).size());

    assertThat(target.position()).isZero();
  }

  @ParameterizedTest(name = "{1} bytes at {0}")
  @CsvSource({"0, 4194819", "0, 1048576", "1, 1048576", "511, 1", "4095, 2", "5000, 100000"})
  void trimmedBytesReadAsZeroesOrAsBefore(int offset, int length) {
    byte[] before = bytes(11, SIZE);
    volume.write(0, ByteBuffer.wrap(before));

    volume.trim(offset, length);

    byte[] after = read(0, SIZE);
    for (int i = 0; i < SIZE; i++)
      if (after[i] != before[i])
        assertThat(after[i] == 0 && i >= offset && i < offset + length)
            .as("byte %d, after a trim of %d at %d", i, length, offset)
            .isTrue();
  }

  @ParameterizedTest
  @EnumSource
  void zeroedRangesReadAsZeroesAndTheirNeighboursAsBefore(ZeroMode mode) {
    for (int[] range :
        new int[][] {{0, SIZE}, {0, MIB}, {1, MIB}, {511, 1}, {4095, 2}, {70, 9999}}) {
      byte[] expected = bytes(13, SIZE);
      volume.write(0, ByteBuffer.wrap(expected.clone()));
      Arrays.fill(expected, range[0], range[0] + range[1], (byte) 0);

      volume.zero(range[0], range[1], mode);

      assertThat(read(0, SIZE)).as("%d bytes at %d", range[1], range[0]).isEqualTo(expected);
    }
  }

  @Test
  void spaceUnderZeroesStaysWhereItIsToBeKept() {
    volume.zero(0, MIB, ZeroMode.KEEP_SPACE);
    volume.write(MIB, pattern(1, MIB));
    volume.zero(MIB, MIB, ZeroMode.KEEP_SPACE);

    assertThat(extents(0, 2 * MIB)).extracting(Extent::kind).doesNotContain(Extent.Kind.HOLE);
  }

  @Test
  void trimmedRangesShowAsHolesAtOnce() {
    if (!can(VolumeCapability.TRIM) || !can(VolumeCapability.EXTENTS)) return;
    volume.write(0, pattern(1, 3 * MIB));

    volume.trim(MIB, MIB);

    assertThat(extents(MIB, MIB)).containsExactly(new Extent(MIB, MIB, Extent.Kind.HOLE));
    assertZeroes(read(MIB, MIB));
  }

  @Test
  void newVolumesAreHolesWhereHolesAreTold() {
    if (!can(VolumeCapability.EXTENTS)) return;

    assertThat(extents(0, SIZE)).containsExactly(new Extent(0, SIZE, Extent.Kind.HOLE));
  }

  @Test
  void extentsEndWhenTheSinkWantsNoMore() {
    volume.write(0, pattern(1, 4096));
    volume.write(MIB, pattern(1, 4096));
    List<Extent> got = new ArrayList<>();

    volume.extents(
        0,
        SIZE,
        extent -> {
          got.add(extent);
          return false;
        });

    assertThat(got).hasSize(1);
    assertThat(got.getFirst().offset()).isZero();
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

  @Test
  void growsWithZeroesAndNeverShrinks() {
    if (!can(VolumeCapability.RESIZE)) {
      assertThatThrownBy(() -> volume.resize(SIZE * 2L))
          .isInstanceOf(GatewayError.Unsupported.class);
      return;
    }
    byte[] before = bytes(1, SIZE);
    volume.write(0, ByteBuffer.wrap(before));

    volume.resize(SIZE + MIB);
    assertInvalid(() -> volume.resize(SIZE));
    assertInvalid(() -> volume.resize(-1));

    assertThat(volume.sizeBytes()).isEqualTo(SIZE + MIB);
    assertThat(volume.info().sizeBytes()).isEqualTo(SIZE + MIB);
    assertThat(read(0, SIZE)).isEqualTo(before);
    assertZeroes(read(SIZE, MIB));
    volume.write(SIZE - 1, pattern(3, MIB));
    assertThat(read(SIZE - 1, MIB)).isEqualTo(bytes(3, MIB));
  }

  @Test
  void readNowGivesABeginningOfWhatReadGives() {
    byte[] content = bytes(17, SIZE);
    volume.write(0, ByteBuffer.wrap(content));
    for (int[] range :
        new int[][] {{0, 4096}, {1, 511}, {4000, 70_000}, {SIZE - 5, 5}, {0, SIZE}}) {
      ByteBuffer target =
          ByteBuffer.allocateDirect(range[1] + 20).position(10).limit(10 + range[1]);

      int copied = volume.readNow(range[0], target);

      assertThat(copied).isBetween(0, range[1]);
      assertThat(target.position()).isEqualTo(10 + copied);
      assertThat(target.limit()).isEqualTo(10 + range[1]);
      volume.read(range[0] + copied, target);
      assertThat(toArray(target.flip().position(10)))
          .isEqualTo(Arrays.copyOfRange(content, range[0], range[0] + range[1]));
    }
  }

  @Test
  void regionsTogetherAreTheWholeRangeOrNothing() throws Exception {
    byte[] content = bytes(19, SIZE);
    volume.write(0, ByteBuffer.wrap(content));
    volume.trim(MIB, MIB);
    for (int[] range : new int[][] {{0, SIZE}, {1, 4096}, {MIB - 100, MIB}, {SIZE - 5, 5}}) {
      List<FileRegion> regions = volume.regions(range[0], range[1]);
      if (regions.isEmpty()) continue;
      try {
        assertThat(contentOf(regions)).isEqualTo(read(range[0], range[1]));
        assertMemoryIsTheSame(regions, read(range[0], range[1]));
      } finally {
        regions.forEach(FileRegion::close);
        regions.forEach(FileRegion::close);
      }
    }
  }

  @Test
  void regionsStayReadableWhileTheVolumeCloses() throws Exception {
    byte[] content = bytes(23, SIZE);
    volume.write(0, ByteBuffer.wrap(content));
    List<FileRegion> regions = volume.regions(0, SIZE);
    if (regions.isEmpty()) return;
    try (ExecutorService closer = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<?> closing = closer.submit(volume::close);
      try {
        assertThat(contentOf(regions)).isEqualTo(content);
        assertMemoryIsTheSame(regions, content);
      } finally {
        regions.forEach(FileRegion::close);
      }
      closing.get(30, TimeUnit.SECONDS);
    }
  }

  @Test
  void overlappingCallsKeepTheirBytesApart() throws Exception {
    int slot = SIZE / WORKERS;
    together(worker -> {
      var random = new Random(worker);
      for (int round = 0; round < 40; round++) {
        int length = 1 + random.nextInt(slot / 4);
        long at = (long) worker * slot + random.nextInt(slot - length);
        byte[] written = bytes(worker * 1000 + round, length);
        if (round % 8 == 0) volume.writeDurably(at, ByteBuffer.wrap(written));
        else volume.write(at, ByteBuffer.wrap(written));
        assertThat(read(at, length)).as("worker %d, round %d", worker, round).isEqualTo(written);
        if (round % 5 == 0) volume.zero(at, length, ZeroMode.MAY_PUNCH);
        if (round % 5 == 0) assertZeroes(read(at, length));
        if (round % 7 == 0) volume.flush();
      }
    });
  }

  @Test
  void readersSeeOldOrNewBytesInEverySector() throws Exception {
    int sectors = 64;
    AtomicLong writes = new AtomicLong();
    together(worker -> {
      for (int round = 1; round <= 100; round++)
        if (worker == 0) {
          ByteBuffer source = ByteBuffer.allocate(sectors * SECTOR);
          Arrays.fill(source.array(), (byte) round);
          volume.write(0, source);
          writes.incrementAndGet();
        } else
          for (int sector = 0; sector < sectors; sector++) {
            byte[] seen = read((long) sector * SECTOR, SECTOR);
            assertThat(seen).as("sector %d", sector).containsOnly(seen[0]);
          }
    });
    assertThat(read(0, sectors * SECTOR)).containsOnly(100);
  }

  @Test
  void closesTwiceAndThenRefusesEveryCall() {
    volume.close();
    assertThatCode(volume::close).doesNotThrowAnyException();

    assertClosed(() -> volume.read(0, ByteBuffer.allocate(1)));
    assertClosed(() -> volume.write(0, ByteBuffer.allocate(1)));
    assertClosed(() -> volume.writeDurably(0, ByteBuffer.allocate(1)));
    assertClosed(volume::flush);
    assertClosed(() -> volume.zero(0, 1, ZeroMode.MAY_PUNCH));
    if (can(VolumeCapability.TRIM)) assertClosed(() -> volume.trim(0, 1));
    if (can(VolumeCapability.EXTENTS)) assertClosed(() -> volume.extents(0, 1, _ -> true));
    if (can(VolumeCapability.CACHE)) assertClosed(() -> volume.cache(0, 1));
    if (can(VolumeCapability.RESIZE)) assertClosed(() -> volume.resize(SIZE * 2L));
    if (can(VolumeCapability.READ_NOW))
      assertClosed(() -> volume.readNow(0, ByteBuffer.allocateDirect(1)));
    if (can(VolumeCapability.REGIONS)) assertClosed(() -> volume.regions(0, 1));
  }

  @Test
  void closingWaitsForTheCallsUnderWayAndBreaksNone() throws Exception {
    var busy = new CountDownLatch(WORKERS);
    try (ExecutorService callers = Executors.newFixedThreadPool(WORKERS)) {
      List<Future<Integer>> ended =
          IntStream.range(0, WORKERS)
              .mapToObj(worker -> callers.submit(untilClosed(worker, busy)))
              .toList();
      busy.await();

      volume.close();

      assertClosed(() -> volume.read(0, ByteBuffer.allocate(1)));
      for (Future<Integer> end : ended) assertThat(end.get(30, TimeUnit.SECONDS)).isPositive();
    }
  }

  /** Calls until the volume is closed: any other end of it is a broken call. */
  private Callable<Integer> untilClosed(int worker, CountDownLatch busy) {
    return () -> {
      ByteBuffer buffer = ByteBuffer.allocateDirect(8192);
      for (int calls = 0; ; calls++) {
        try {
          volume.write(worker * 16_384L, buffer.clear());
          volume.read(worker * 16_384L, buffer.clear());
          volume.readNow(worker * 16_384L, buffer.clear());
        } catch (IllegalStateException _) {
          return calls;
        }
        if (calls == 3) busy.countDown();
      }
    };
  }

  private interface Worker {
    void work(int worker) throws Exception;
  }

  private static void together(Worker work) throws Exception {
    try (ExecutorService workers = Executors.newFixedThreadPool(WORKERS)) {
      List<Future<Integer>> done =
          IntStream.range(0, WORKERS)
              .mapToObj(worker ->
                  workers.submit(() -> {
                    work.work(worker);
                    return worker;
                  }))
              .toList();
      for (Future<Integer> one : done) one.get(50, TimeUnit.SECONDS);
    }
  }

  private boolean can(VolumeCapability capability) {
    return volume.capabilities().contains(capability);
  }

  private byte[] read(long offset, int length) {
    ByteBuffer target = ByteBuffer.allocate(length);
    volume.read(offset, target);
    assertThat(target.hasRemaining()).as("a read fills its target").isFalse();
    return target.array();
  }

  private List<Extent> extents(long offset, long length) {
    List<Extent> extents = new ArrayList<>();
    volume.extents(offset, length, extents::add);
    return extents;
  }

  private static byte[] contentOf(List<FileRegion> regions) throws IOException {
    int length = (int) regions.stream().mapToLong(FileRegion::lengthBytes).sum();
    ByteBuffer all = ByteBuffer.allocate(length);
    for (FileRegion region : regions) {
      all.limit(all.position() + (int) region.lengthBytes());
      for (long at = region.positionBytes(); all.hasRemaining(); ) {
        int got = region.channel().read(all, at);
        assertThat(got).as("the file is as long as the region").isPositive();
        at += got;
      }
    }
    return all.array();
  }

  private static void assertMemoryIsTheSame(List<FileRegion> regions, byte[] content) {
    int at = 0;
    for (FileRegion region : regions) {
      int end = at + (int) region.lengthBytes();
      byte[] part = Arrays.copyOfRange(content, at, end);
      region
          .memory()
          .ifPresent(memory -> {
            assertThat(memory.isDirect() && memory.isReadOnly()).isTrue();
            assertThat(toArray(memory.duplicate())).isEqualTo(part);
          });
      at = end;
    }
  }

  private static ByteBuffer pattern(long seed, int length) {
    return ByteBuffer.wrap(bytes(seed, length));
  }

  /** Reproducible bytes without a period that a wrong offset could hide behind. */
  private static byte[] bytes(long seed, int length) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private static byte[] toArray(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return bytes;
  }

  private static void assertZeroes(byte[] seen) {
    assertThat(seen).isEqualTo(new byte[seen.length]);
  }

  private static void assertInvalid(Runnable call) {
    assertThatThrownBy(call::run).isInstanceOf(GatewayError.Invalid.class);
  }

  private static void assertClosed(Runnable call) {
    assertThatThrownBy(call::run).isInstanceOf(IllegalStateException.class);
  }

  private static void assertNothingOrInvalid(Callable<Integer> call) {
    try {
      assertThat(call.call()).isZero();
    } catch (GatewayError.Invalid _) {
      // As good an answer.
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }
}
