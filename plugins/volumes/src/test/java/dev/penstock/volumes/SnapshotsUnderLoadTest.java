package dev.penstock.volumes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.volume.SnapshotInfo;
import dev.penstock.spi.volume.Volume;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Several write and flush while snapshots are taken and destroyed and layers are merged. Each
 * writes its own sectors, one after another with rising numbers, and sectors of one grain belong to
 * different writers. A snapshot holds what a writer had written after some number of its writes:
 * none that was acknowledged before the snapshot is missing, none that began after it is there.
 */
@Timeout(120)
class SnapshotsUnderLoadTest {
  private static final int WRITERS = 4;
  private static final int SECTORS_EACH = 300;
  private static final int SNAPSHOTS = 12;
  private static final int KEPT = 3;
  private static final int WRITES_PER_FLUSH = 64;

  @TempDir private Path directory;
  private Store store;
  private Volume volume;
  private final AtomicLongArray begun = new AtomicLongArray(WRITERS);
  private final AtomicLongArray acknowledged = new AtomicLongArray(WRITERS);
  private final Semaphore layersChanged = new Semaphore(0);
  private volatile boolean over;

  @BeforeEach
  void openVolume() {
    store = StampWriter.open(directory);
    store.create("demo", (long) WRITERS * SECTORS_EACH * Stamps.SECTOR_BYTES);
    volume = store.openVolume("demo");
  }

  @AfterEach
  void closeStore() {
    store.close();
  }

  @Test
  void everySnapshotIsOneMoment() throws Exception {
    try (ExecutorService threads = Executors.newFixedThreadPool(WRITERS + 1)) {
      List<Future<?>> running = new ArrayList<>();
      for (int writer = 0; writer < WRITERS; writer++) {
        int mine = writer;
        running.add(threads.submit(() -> write(mine)));
      }
      running.add(threads.submit(mergeUntilOver()));
      try {
        takeSnapshots();
      } finally {
        over = true;
      }
      for (Future<?> thread : running) thread.get();
    }

    assertMoment("volume", volume, ends(acknowledged), ends(begun));
    volume.close();
    store.close();
    store = StampWriter.open(directory);
    try (Volume again = store.openVolume("demo")) {
      assertMoment("volume, reopened", again, ends(acknowledged), ends(begun));
    }
  }

  private Object write(int writer) {
    for (long number = 1; !over; number++) {
      begun.set(writer, number);
      volume.write(sectorOf(writer, number) * Stamps.SECTOR_BYTES, CrashModel.sectors(number, 1));
      acknowledged.set(writer, number);
      if (number % WRITES_PER_FLUSH == 0) volume.flush();
    }
    return writer;
  }

  private static long sectorOf(int writer, long number) {
    return number % SECTORS_EACH * WRITERS + writer;
  }

  private Callable<Boolean> mergeUntilOver() {
    store.onLayersChanged(layersChanged::release);
    return () -> {
      while (!over) if (layersChanged.tryAcquire(100, TimeUnit.MILLISECONDS)) merge();
      return true;
    };
  }

  private void merge() {
    try {
      while (!over && store.merging().step(_ -> {})) {}
    } catch (GatewayError.Conflict _) { // a snapshot came between
      layersChanged.release();
    }
  }

  private record Taken(SnapshotInfo info, List<Long> least, List<Long> most) {}

  private void takeSnapshots() {
    Deque<Taken> kept = new ArrayDeque<>();
    for (int i = 0; i < SNAPSHOTS; i++) {
      List<Long> least = ends(acknowledged);
      SnapshotInfo info = store.snapshots().create("demo", "s%d".formatted(i));
      kept.add(new Taken(info, least, ends(begun)));
      kept.forEach(this::assertMoment);
      if (kept.size() <= KEPT) continue;
      // From the middle: what is below and above is merged.
      Taken gone = i % 2 == 0 ? kept.removeFirst() : removeSecond(kept);
      var outcomes = store.snapshots().destroy("demo", List.of(gone.info().guid()));
      assertThat(outcomes.get(gone.info().guid())).isEmpty();
    }
    kept.forEach(this::assertMoment);
  }

  private static Taken removeSecond(Deque<Taken> kept) {
    Taken first = kept.removeFirst();
    Taken second = kept.removeFirst();
    kept.addFirst(first);
    return second;
  }

  private static List<Long> ends(AtomicLongArray numbers) {
    return IntStream.range(0, WRITERS).mapToObj(numbers::get).toList();
  }

  private void assertMoment(Taken taken) {
    try (Volume snapshot = store.snapshots().openSnapshot("demo", taken.info().guid())) {
      assertMoment(taken.info().name(), snapshot, taken.least(), taken.most());
    }
  }

  private static void assertMoment(String what, Volume read, List<Long> least, List<Long> most) {
    long[] found = new long[WRITERS * SECTORS_EACH];
    ByteBuffer bytes = ByteBuffer.allocate(found.length * Stamps.SECTOR_BYTES);
    read.read(0, bytes);
    bytes.flip();
    for (int sector = 0; sector < found.length; sector++) found[sector] = Stamps.next(bytes);
    for (int writer = 0; writer < WRITERS; writer++) {
      long[] its = new long[SECTORS_EACH];
      for (int i = 0; i < SECTORS_EACH; i++) its[i] = found[i * WRITERS + writer];
      long last = Arrays.stream(its).max().orElseThrow();
      assertThat(last)
          .as("%s, writer %d", what, writer)
          .isBetween(least.get(writer), most.get(writer));
      for (int i = 0; i < SECTORS_EACH; i++)
        assertThat(its[i]).as("%s, writer %d, sector %d", what, writer, i).isEqualTo(at(last, i));
    }
  }

  /** The last number up to this one that a writer has put into its sector. */
  private static long at(long last, int sector) {
    long number = last - Math.floorMod(last - sector, (long) SECTORS_EACH);
    return Math.max(0, number);
  }
}
