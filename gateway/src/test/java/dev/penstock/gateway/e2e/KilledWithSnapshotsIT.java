package dev.penstock.gateway.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code kill -9} while clients write and snapshots come and go: what was flushed is there, and
 * every snapshot shows what was written before it and nothing that was written after it. {@code
 * -Dkill.cycles=100} for a longer run.
 */
@Timeout(900)
class KilledWithSnapshotsIT {
  private static final int CYCLES = Integer.getInteger("kill.cycles", 5);
  private static final int WRITERS = 3;
  private static final int BLOCK_BYTES = 4096;

  /** So few that most of them are written several times. */
  private static final int BLOCKS = 64;

  private static final int SNAPSHOTS_KEPT = 4;

  private static final String CONFIG =
      """
      stores: { disk: { kind: files, path: volumes } }
      volumes: { demo: { store: disk, size: 64MiB } }
      modules: { nbd: { listen: "unix:nbd.sock", exports: { demo: { volume: demo, snapshots: true } } } }
      """;

  /** A snapshot, and up to which number each writer had flushed before it, and begun after it. */
  private record Taken(String name, List<Integer> flushedBefore, List<Integer> begunAfter) {}

  private final AtomicIntegerArray begun = new AtomicIntegerArray(WRITERS);
  private final AtomicIntegerArray flushed = new AtomicIntegerArray(WRITERS);
  private final List<Taken> taken = new ArrayList<>();

  /** What each writer had begun and not flushed when the gateway was killed: it may be lost. */
  private final List<Unflushed> unflushed = new ArrayList<>();

  private record Unflushed(int writer, int after, int to) {
    boolean has(int whose, int number) {
      return whose == writer && number > after && number <= to;
    }
  }

  @TempDir Path folder = Path.of("");

  @Test
  void whatWasFlushedAndEverySnapshotSurviveBeingKilled() throws Exception {
    try (PackagedGateway gateway = PackagedGateway.serving(folder, CONFIG)) {
      for (int cycle = 0; cycle < CYCLES; cycle++) {
        gateway.start();
        writeAndSnapshotUntilKilled(gateway, cycle);
        gateway.start();
        check(gateway, "demo", new Taken("demo", all(flushed), all(begun)));
        for (Taken snapshot : taken) check(gateway, "demo@" + snapshot.name(), snapshot);
        var verified = gateway.cli("volume", "verify", "demo");
        assertThat(verified.exit()).as(verified.text()).isZero();
        assertThat(gateway.stop()).isZero();
      }
    }
  }

  private static List<Integer> all(AtomicIntegerArray numbers) {
    List<Integer> all = new ArrayList<>();
    for (int i = 0; i < numbers.length(); i++) all.add(numbers.get(i));
    return all;
  }

  private void writeAndSnapshotUntilKilled(PackagedGateway gateway, int cycle) throws Exception {
    var underWay = new CountDownLatch(WRITERS + 1);
    try (ExecutorService workers = Executors.newFixedThreadPool(WRITERS + 1)) {
      List<Future<?>> working = new ArrayList<>();
      for (int w = 0; w < WRITERS; w++) {
        int writer = w;
        working.add(workers.submit(() -> write(gateway, writer, underWay)));
      }
      working.add(workers.submit(() -> snapshot(gateway, cycle, underWay)));
      underWay.await();
      gateway.kill();
      for (Future<?> one : working) one.get();
    }
    for (int writer = 0; writer < WRITERS; writer++)
      unflushed.add(new Unflushed(writer, flushed.get(writer), begun.get(writer)));
  }

  private boolean write(PackagedGateway gateway, int writer, CountDownLatch underWay) {
    try (NbdClient client = gateway.connect("demo")) {
      for (int written = 0; ; written++) {
        int number = begun.incrementAndGet(writer);
        boolean fua = number % 3 == 0;
        int error =
            client.write(at(writer, number), block(writer, number), fua ? NbdClient.FUA : 0);
        if (error == 0 && number % 4 == 0) error = client.flush();
        if (error != 0) throw new AssertionError("error " + error);
        if (number % 4 == 0) flushed.set(writer, number);
        if (written == 60) underWay.countDown();
      }
    } catch (IOException killed) {
      if (underWay.getCount() > 0 && gateway.isAlive()) throw new AssertionError(killed);
      return true;
    }
  }

  /** Destroys old ones, too: layers are merged meanwhile. */
  private boolean snapshot(PackagedGateway gateway, int cycle, CountDownLatch underWay) {
    try {
      for (int i = 0; ; i++) {
        String name = "s%d-%d".formatted(cycle, i);
        List<Integer> before = all(flushed);
        var answer =
            gateway
                .admin()
                .call("PUT", "/v1/volumes/demo/snapshots/" + name, Map.of(), new byte[0]);
        if (answer.status() == 201) taken.add(new Taken(name, before, all(begun)));
        if (taken.size() > SNAPSHOTS_KEPT) destroy(gateway, taken.remove(i % SNAPSHOTS_KEPT));
        if (i == 5) underWay.countDown();
      }
    } catch (IOException killed) {
      if (underWay.getCount() > 0 && gateway.isAlive()) throw new AssertionError(killed);
      return true;
    }
  }

  /** Whether it is there when the gateway is killed meanwhile does not matter. */
  private static void destroy(PackagedGateway gateway, Taken old) throws IOException {
    byte[] body =
        new JsonObject()
            .put("snapshots", new JsonArray().add("demo@" + old.name()))
            .encode()
            .getBytes(StandardCharsets.UTF_8);
    var answer =
        gateway
            .admin()
            .call(
                "POST", "/v1/snapshots/destroy", Map.of("Content-Type", "application/json"), body);
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
  }

  /** Each block holds the last number that was surely there, or one that was begun later. */
  private void check(PackagedGateway gateway, String export, Taken state) throws IOException {
    try (NbdClient client = gateway.connect(export)) {
      for (int writer = 0; writer < WRITERS; writer++)
        for (int place = 0; place < BLOCKS; place++) {
          ByteBuffer bytes = ByteBuffer.wrap(client.read(at(writer, place), BLOCK_BYTES));
          int number = bytes.getInt(4);
          String where = "%s, writer %d, place %d".formatted(export, writer, place);
          assertThat(number)
              .as(where)
              .isBetween(
                  last(writer, state.flushedBefore().get(writer), place),
                  state.begunAfter().get(writer));
          if (number > 0) assertThat(bytes.array()).as(where).isEqualTo(block(writer, number));
        }
    }
  }

  /** The last number up to {@code limit} that is surely at this place; 0 if none is. */
  private int last(int writer, int limit, int place) {
    int last = limit - Math.floorMod(limit - place, BLOCKS);
    while (last > 0 && mayBeLost(writer, last)) last -= BLOCKS;
    return Math.max(0, last);
  }

  private boolean mayBeLost(int writer, int number) {
    return unflushed.stream().anyMatch(interval -> interval.has(writer, number));
  }

  private static long at(int writer, int number) {
    return ((long) writer * BLOCKS + number % BLOCKS) * BLOCK_BYTES;
  }

  private static byte[] block(int writer, int number) {
    ByteBuffer bytes = ByteBuffer.allocate(BLOCK_BYTES);
    while (bytes.hasRemaining()) bytes.putInt(writer).putInt(number);
    return bytes.array();
  }
}
