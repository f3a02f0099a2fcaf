package dev.penstock.nbd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/** Who watches the watchdog: a leak that is made on purpose is found. */
@Isolated("counts the buffers of the whole JVM")
class NoLeaksTest {
  @Test
  void aBufferThatNobodyReleasesIsReported() {
    List<String> reports = new ArrayList<>();
    lose();
    await()
        .untilAsserted(() -> {
          System.gc();
          ByteBufAllocator.DEFAULT.directBuffer(1).release();
          reports.addAll(LiveBuffers.takeReports());
          assertThat(reports).anyMatch(report -> report.contains("NoLeaksTest.lose"));
        });
  }

  private static void lose() {
    var _ = PooledByteBufAllocator.DEFAULT.directBuffer(16);
  }

  @Test
  void buffersAreCountedWhileTheyLive() {
    long before = LiveBuffers.count();
    var buffers =
        List.of(
            PooledByteBufAllocator.DEFAULT.directBuffer(16),
            ByteBufAllocator.DEFAULT.directBuffer(16));
    assertThat(LiveBuffers.count()).isEqualTo(before + 2);
    buffers.forEach(buffer -> buffer.release());
    assertThat(LiveBuffers.count()).isEqualTo(before);
  }
}
