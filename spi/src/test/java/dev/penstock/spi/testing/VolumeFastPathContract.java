package dev.penstock.spi.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.volume.FileRegion;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is had without waiting is what a read gives, or nothing. */
abstract class VolumeFastPathContract extends VolumeSpaceContract {
  private static final int MIB = 1 << 20;

  @ParameterizedTest
  @MethodSource("rangesThatEndElsewhere")
  void fastPathGivesNothingOutside(long[] range) {
    ByteBuffer target = ByteBuffer.allocate((int) range[1]);

    assertNothingOrInvalid(() -> volume.readNow(range[0], target));
    assertNothingOrInvalid(() -> volume.regions(range[0], range[1]).size());

    assertThat(target.position()).isZero();
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
