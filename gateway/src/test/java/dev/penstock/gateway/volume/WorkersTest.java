package dev.penstock.gateway.volume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.volume.StoreDescriptor.WaitsOn;
import io.vertx.core.Future;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class WorkersTest {
  private final Workers workers = new Workers(new Workers.Limits(1, 1, 2));
  private final CountDownLatch release = new CountDownLatch(1);

  @AfterEach
  void close() {
    release.countDown();
    workers.close();
  }

  @Test
  void fileCallsRunOnDaemonPlatformThreads() {
    Future<Thread> thread = workers.run(WaitsOn.FILES, Thread::currentThread);
    await().until(thread::isComplete);
    assertThat(thread.result().isVirtual()).isFalse();
    assertThat(thread.result().isDaemon()).isTrue();
  }

  @Test
  void networkCallsRunOnVirtualThreads() {
    Future<Thread> thread = workers.run(WaitsOn.NETWORK, Thread::currentThread);
    await().until(thread::isComplete);
    assertThat(thread.result().isVirtual()).isTrue();
  }

  @Test
  void aFileCallThatFindsTheQueueFullIsRefusedAtOnce() {
    CountDownLatch running = new CountDownLatch(1);
    Future<Integer> first = workers.run(WaitsOn.FILES, () -> held(running));
    await().until(() -> running.getCount() == 0);
    Future<Integer> waits = workers.run(WaitsOn.FILES, () -> 2);

    Future<Integer> refused = workers.run(WaitsOn.FILES, () -> 3);

    assertThat(refused.cause()).isInstanceOf(GatewayError.Unavailable.class);
    assertThat(refused.cause()).hasMessageContaining("file_queue");
    release.countDown();
    await().until(() -> first.succeeded() && waits.succeeded());
  }

  @Test
  void aNetworkCallTooManyIsRefusedAtOnceAndTheNextOneIsNot() {
    CountDownLatch running = new CountDownLatch(2);
    Future<Integer> one = workers.run(WaitsOn.NETWORK, () -> held(running));
    Future<Integer> two = workers.run(WaitsOn.NETWORK, () -> held(running));

    Future<Integer> refused = workers.run(WaitsOn.NETWORK, () -> 3);

    assertThat(refused.cause()).isInstanceOf(GatewayError.Unavailable.class);
    release.countDown();
    await().until(() -> one.succeeded() && two.succeeded());
    await().until(() -> workers.run(WaitsOn.NETWORK, () -> 4).cause() == null);
  }

  @Test
  void whatACallThrowsIsWhatItsFutureFailsWith() {
    IllegalStateException bug = new IllegalStateException("a bug");
    Future<Integer> failed =
        workers.run(
            WaitsOn.FILES,
            () -> {
              throw bug;
            });
    await().until(failed::isComplete);
    assertThat(failed.cause()).isSameAs(bug);
  }

  private int held(CountDownLatch running) throws InterruptedException {
    running.countDown();
    release.await();
    return 1;
  }
}
