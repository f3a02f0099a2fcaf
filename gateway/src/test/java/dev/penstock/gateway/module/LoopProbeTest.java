package dev.penstock.gateway.module;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.bus.GatewayEvent;
import dev.penstock.spi.testing.FakeClock;
import dev.penstock.spi.testing.FakeEvents;
import dev.penstock.spi.testing.FakeMetrics;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LoopProbeTest {
  private final Vertx vertx = Vertx.vertx();
  private final FakeEvents events = new FakeEvents();
  private final AtomicLong nanos = new AtomicLong();
  private final LoopProbe probe =
      new LoopProbe(events, new FakeMetrics(), new FakeClock(), nanos::get, Duration.ofSeconds(5));

  @AfterEach
  void close() throws Exception {
    vertx.close().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  @Test
  void reportsALoopThatDoesNotAnswerOnceAndForgetsItWhenItDoes() {
    Context loop = vertx.getOrCreateContext();
    var unblock = new CountDownLatch(1);
    loop.runOnContext(_ -> {
      try {
        unblock.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    });
    probe.watch("slow", loop);

    probe.ask();
    nanos.addAndGet(Duration.ofSeconds(6).toNanos());
    probe.ask();
    probe.ask();

    assertThat(events.all(GatewayEvent.LoopBlocked.class))
        .singleElement()
        .extracting(GatewayEvent.LoopBlocked::blocked)
        .isEqualTo(Duration.ofSeconds(6));
    assertThat(probe.blocked("slow")).isPresent();
    unblock.countDown();
    Awaitility.await().untilAsserted(() -> assertThat(probe.blocked("slow")).isEmpty());
  }

  @Test
  void saysNothingOfALoopThatAnswers() {
    Context loop = vertx.getOrCreateContext();
    probe.watch("quick", loop);
    for (int i = 0; i < 3; i++) {
      probe.ask();
      var answered = new CountDownLatch(1);
      loop.runOnContext(_ -> answered.countDown());
      Awaitility.await().until(() -> answered.getCount() == 0);
      nanos.addAndGet(Duration.ofSeconds(6).toNanos());
    }

    assertThat(events.all(GatewayEvent.LoopBlocked.class)).isEmpty();
  }

  @Test
  void asksNoLoopThatIsNoLongerWatched() {
    var watch = probe.watch("gone", vertx.getOrCreateContext());
    watch.close();

    probe.ask();

    assertThat(probe.blocked("gone")).isEmpty();
  }
}
