package dev.penstock.volumes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Those who flush together share a sync that began after each of them asked. */
class FlushRoundsTest {
  private static final int CALLERS = 8;

  private final AtomicInteger syncs = new AtomicInteger();
  private final Semaphore permitted = new Semaphore(0);
  private final CountDownLatch firstBegun = new CountDownLatch(1);
  private final FlushRounds rounds = new FlushRounds(this::sync);
  private final ExecutorService callers = Executors.newFixedThreadPool(CALLERS + 1);

  private void sync() {
    syncs.incrementAndGet();
    firstBegun.countDown();
    permitted.acquireUninterruptibly();
  }

  @AfterEach
  void end() {
    permitted.release(1_000);
    callers.close();
  }

  @Test
  void callersThatComeDuringARoundShareTheNextOne() throws Exception {
    Future<?> first = callers.submit(rounds::flush);
    firstBegun.await();
    List<? extends Future<?>> others =
        IntStream.range(0, CALLERS).mapToObj(_ -> callers.submit(rounds::flush)).toList();
    await().until(() -> rounds.waiting() == CALLERS);

    permitted.release();
    first.get(30, TimeUnit.SECONDS);
    await().until(() -> syncs.get() == 2);
    assertThat(others).noneMatch(Future::isDone);
    permitted.release();

    for (Future<?> other : others) other.get(30, TimeUnit.SECONDS);
    assertThat(syncs).hasValue(2);
  }

  @Test
  void callersAfterARoundGetOneOfTheirOwn() {
    permitted.release(2);

    rounds.flush();
    rounds.flush();

    assertThat(syncs).hasValue(2);
  }

  @Test
  void everyoneWhoWaitsForAFailedSyncIsTold() throws Exception {
    var failing = new CompletableFuture<Void>();
    var begun = new CountDownLatch(1);
    var broken =
        new FlushRounds(() -> {
          begun.countDown();
          failing.join();
        });
    Future<?> first = callers.submit(broken::flush);
    begun.await();
    Future<?> second = callers.submit(broken::flush);
    await().until(() -> broken.waiting() == 1);

    failing.completeExceptionally(new IllegalStateException("EIO"));

    assertThatThrownBy(() -> first.get(30, TimeUnit.SECONDS)).hasRootCauseMessage("EIO");
    assertThatThrownBy(() -> second.get(30, TimeUnit.SECONDS)).hasRootCauseMessage("EIO");
  }
}
