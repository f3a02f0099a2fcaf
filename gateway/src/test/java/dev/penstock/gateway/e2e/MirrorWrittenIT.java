package dev.penstock.gateway.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.testing.Peer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What clients write while a volume moves is there. */
@Tag("peer")
@Timeout(300)
class MirrorWrittenIT extends Mirroring {
  @Test
  void whatIsWrittenAtRandomMeanwhileIsThereAndAtOurOwnReceiverWhichEndsWell() throws Exception {
    int port = freePort();
    try (PackagedGateway away = receiver(port).receive("vm");
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var written = new AtomicInteger();
      Future<?> writer = threads.submit(() -> writeUntilItEnds(0, SIZE_BYTES, 3, written));
      home.await(() -> written.get() > 20);

      begin("flexnbd://127.0.0.1:" + port, new JsonObject());
      Set<String> phases = polledToItsEnd();

      assertThat(away.awaitEnd()).isZero();
      writer.get();
      assertThat(migration().getString("phase")).as("%s", migration()).isEqualTo("done");
      assertThat(phases).contains("done");
      away.start();
      try (NbdClient there = away.connect("vm")) {
        assertThat(Arrays.equals(read(there), image)).as("there").isTrue();
      }
    }
    takeBack();
    assertServes(image);
  }

  private PackagedGateway receiver(int port) {
    return PackagedGateway.serving(
        folder.resolve("away"),
        """
        stores: { disk: { kind: files, path: volumes } }
        modules:
          nbd:
            listen: "unix:nbd.sock"
            exports: { vm: { volume: vm } }
            receive: { vm: { listen: "tcp://127.0.0.1:%d", from: 127.0.0.1, store: disk, size: 8MiB } }
        """
            .formatted(port));
  }

  /** Asks without a pause, through its last moment. */
  private Set<String> polledToItsEnd() throws IOException {
    Set<String> phases = new HashSet<>();
    JsonObject now = migration();
    for (; !now.getBoolean("ended", false); now = migration()) phases.add(now.getString("phase"));
    phases.add(now.getString("phase"));
    return phases;
  }

  /** What was acknowledged is in the image; what was not when the connection ended was not done. */
  private int writeUntilItEnds(int from, int to, int seed, AtomicInteger written)
      throws IOException {
    var random = new Random(seed);
    byte[] block = new byte[BLOCK_BYTES];
    try (NbdClient client = home.connect("vm")) {
      while (true) {
        int at = from + random.nextInt((to - from) / BLOCK_BYTES) * BLOCK_BYTES;
        if (random.nextInt(4) == 0) Arrays.fill(block, (byte) 0);
        else random.nextBytes(block);
        int error;
        try {
          error = client.write(at, block, 0);
        } catch (IOException ended) {
          return written.get();
        }
        assertThat(error).isZero();
        System.arraycopy(block, 0, image, at, BLOCK_BYTES);
        written.incrementAndGet();
      }
    }
  }

  @Test
  void whatTwoWavesOfFiveWritersWriteMeanwhileIsThere() throws Exception {
    Path disk = folder.resolve("disk");
    Peer.run("truncate", "-s", String.valueOf(SIZE_BYTES), disk);
    int port = freePort();
    serves(port, "nbdkit", "-f", "-i", "127.0.0.1", "-p", port, "file", disk);
    int part = SIZE_BYTES / 16;
    var written = new AtomicInteger();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> writers = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        int from = i * part;
        writers.add(threads.submit(() -> writeUntilItEnds(from, from + part, from, written)));
      }
      home.await(() -> written.get() > 20);
      begin("nbd://127.0.0.1:" + port, new JsonObject().put("confirm", true));
      home.await(() -> migration().getInteger("rounds") > 0);
      for (int i = 5; i < 10; i++) {
        int from = i * part;
        writers.add(threads.submit(() -> writeUntilItEnds(from, from + part, from, written)));
      }
      int before = written.get();
      home.await(() -> written.get() > before + 100);
      TwoOwners.call(home, "POST", "/v1/migrations/vm/confirm", new JsonObject());
      polledToItsEnd();
      assertThat(migration().getString("phase")).as("%s", migration()).isEqualTo("done");
      for (Future<?> writer : writers) writer.get();
    }
    assertThat(Arrays.equals(Files.readAllBytes(disk), image)).isTrue();
  }
}
