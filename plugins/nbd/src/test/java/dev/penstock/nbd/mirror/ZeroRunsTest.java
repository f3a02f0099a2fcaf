package dev.penstock.nbd.mirror;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ZeroRunsTest {
  private static final int GRAIN = ZeroRuns.GRAIN_BYTES;

  private static List<String> runs(long offset, ByteBuffer source) {
    List<String> runs = new ArrayList<>();
    ZeroRuns.each(
        offset,
        source,
        new ZeroRuns.Sink() {
          @Override
          public void data(long at, ByteBuffer bytes) {
            runs.add("data %d+%d".formatted(at, bytes.remaining()));
          }

          @Override
          public void zeroes(long at, int lengthBytes) {
            runs.add("zero %d+%d".formatted(at, lengthBytes));
          }
        });
    return runs;
  }

  @Test
  void grainsOfZeroesAreToldFromData() {
    ByteBuffer source = ByteBuffer.allocate(5 * GRAIN);
    source.put(2 * GRAIN + 17, (byte) 1);
    assertThat(runs(0, source))
        .containsExactly(
            "zero 0+" + 2 * GRAIN,
            "data %d+%d".formatted(2 * GRAIN, GRAIN),
            "zero %d+%d".formatted(3 * GRAIN, 2 * GRAIN));
  }

  @Test
  void grainsBeginWhereTheyDoInTheVolume() {
    ByteBuffer source = ByteBuffer.allocate(2 * GRAIN);
    source.put(512, (byte) 1);
    assertThat(runs(GRAIN - 1024, source.position(0)))
        .containsExactly(
            "data %d+1024".formatted(GRAIN - 1024),
            "zero %d+%d".formatted(GRAIN, 2 * GRAIN - 1024));
  }

  @Test
  void nothingIsNoRun() {
    assertThat(runs(7, ByteBuffer.allocate(0))).isEmpty();
  }
}
