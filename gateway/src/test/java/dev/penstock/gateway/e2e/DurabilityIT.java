package dev.penstock.gateway.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code kill -9} at any moment: what was flushed is there, and the store opens unasked. */
@Timeout(120)
class DurabilityIT {
  private static final int WRITERS = 4;
  private static final int KILLS = 3;
  private static final int BLOCK_BYTES = 8192;
  private static final long AREA_BYTES = 8 << 20;

  @TempDir Path folder = Path.of("");

  @Test
  void everythingThatWasFlushedSurvivesBeingKilled() throws Exception {
    try (PackagedGateway gateway = PackagedGateway.withDemo(folder)) {
      for (int kill = 0; kill < KILLS; kill++) {
        gateway.start();
        List<Integer> flushed = writeUntilKilled(gateway, kill);

        gateway.start();
        try (NbdClient client = gateway.connect("demo")) {
          for (int writer = 0; writer < WRITERS; writer++)
            for (int i = 0; i < flushed.get(writer); i++)
              assertThat(client.read(at(writer, i), BLOCK_BYTES))
                  .as("kill %d, writer %d, block %d of %d", kill, writer, i, flushed.get(writer))
                  .isEqualTo(block(kill, writer, i));
        }
        assertThat(gateway.stop()).isZero();
      }
    }
  }

  /** How many blocks each writer knows to be durable. */
  private List<Integer> writeUntilKilled(PackagedGateway gateway, int kill) throws Exception {
    var underWay = new CountDownLatch(WRITERS);
    List<Integer> flushed = new ArrayList<>();
    try (ExecutorService writers = Executors.newFixedThreadPool(WRITERS)) {
      List<Future<Integer>> writing = new ArrayList<>();
      for (int w = 0; w < WRITERS; w++) {
        int writer = w;
        writing.add(writers.submit(() -> writeAndFlush(gateway, kill, writer, underWay)));
      }
      underWay.await();
      gateway.kill();
      for (Future<Integer> one : writing) flushed.add(one.get());
    }
    assertThat(flushed).allMatch(blocks -> blocks >= 20);
    return flushed;
  }

  private static int writeAndFlush(
      PackagedGateway gateway, int kill, int writer, CountDownLatch underWay) throws IOException {
    int blocks = 0;
    try (NbdClient client = gateway.connect("demo")) {
      for (; blocks < AREA_BYTES / BLOCK_BYTES; blocks++) {
        boolean fua = blocks % 2 == 0;
        byte[] bytes = block(kill, writer, blocks);
        int error = client.write(at(writer, blocks), bytes, fua ? NbdClient.FUA : 0);
        if (error == 0 && !fua) error = client.flush();
        if (error != 0) throw new AssertionError("error " + error);
        if (blocks == 20) underWay.countDown();
      }
    } catch (IOException killed) {
      if (underWay.getCount() > 0 && gateway.isAlive()) throw killed;
    }
    return blocks;
  }

  private static long at(int writer, int block) {
    return writer * AREA_BYTES + (long) block * BLOCK_BYTES;
  }

  private static byte[] block(int kill, int writer, int block) {
    ByteBuffer bytes = ByteBuffer.allocate(BLOCK_BYTES);
    while (bytes.hasRemaining()) bytes.putInt(kill * 1_000_003 + writer * 10_007 + block + 1);
    return bytes.array();
  }
}
