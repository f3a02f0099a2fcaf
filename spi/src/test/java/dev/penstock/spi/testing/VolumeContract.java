package dev.penstock.spi.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.spi.volume.Volume;
import dev.penstock.spi.volume.VolumeCapability;
import dev.penstock.spi.volume.ZeroMode;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What every {@link Volume} is held to: each promise of its Javadoc that a test can see. Extend it,
 * say how to make a volume of yours, and run it with JUnit. Here stand calls that overlap, and the
 * end; what a single call does is in the classes that it extends.
 */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
public abstract class VolumeContract extends VolumeFastPathContract {
  private static final int SECTOR = 512;
  private static final int WORKERS = 4;

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
    if (can(VolumeCapability.CHANGES))
      assertClosed(() -> volume.changes(new UUID(0, 42), 0, 1, _ -> true));
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

  private static void assertClosed(Runnable call) {
    assertThatThrownBy(call::run).isInstanceOf(IllegalStateException.class);
  }
}
