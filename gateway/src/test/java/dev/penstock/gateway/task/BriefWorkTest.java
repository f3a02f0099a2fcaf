package dev.penstock.gateway.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.testing.FakeClock;
import dev.penstock.spi.testing.FakeEvents;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

/** Answers are made in time or not at all, and none is being made when its module has stopped. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class BriefWorkTest {
  private static final Duration LONG = Duration.ofMinutes(10);
  private static final Duration SHORT = Duration.ofMillis(20);

  private final OwnedTasks tasks =
      new TaskRegistry(new FakeEvents(), new FakeClock()).of("module replication");
  private final Logger log = (Logger) LoggerFactory.getLogger(BriefWork.class);
  private final ListAppender<ILoggingEvent> logged = new ListAppender<>();
  private final CountDownLatch release = new CountDownLatch(1);

  @BeforeEach
  void listen() {
    logged.start();
    log.addAppender(logged);
  }

  @AfterEach
  void close() {
    release.countDown();
    log.detachAppender(logged);
    tasks.stop(LONG).await();
  }

  private Future<Integer> interruptibly(Duration limit) {
    return tasks.brief(
        "GET /v1/volumes",
        limit,
        () -> {
          release.await();
          return 42;
        });
  }

  private Future<Integer> deaf(CountDownLatch running) {
    return tasks.brief(
        "GET /v1/deaf",
        LONG,
        () -> {
          running.countDown();
          while (true)
            try {
              release.await();
              return 42;
            } catch (InterruptedException _) {
              // deaf on purpose
            }
        });
  }

  private static Throwable failure(Future<?> future) {
    await().until(future::isComplete);
    assertThat(future.failed()).isTrue();
    return future.cause();
  }

  @Test
  void workAnswersWithWhatItReturnsOrThrows() {
    GatewayError full = new GatewayError.NoSpace("the disk is full");

    assertThat(tasks.brief("GET /", LONG, () -> 42).await()).isEqualTo(42);
    assertThat(
            failure(
                tasks.brief(
                    "GET /",
                    LONG,
                    () -> {
                      throw full;
                    })))
        .isSameAs(full);
  }

  @Test
  void workThatTakesTooLongIsInterruptedAndFailsAsUnavailable() {
    assertThat(failure(interruptibly(SHORT)))
        .isInstanceOf(GatewayError.Unavailable.class)
        .hasMessageContaining("GET /v1/volumes");
  }

  @Test
  void onePieceTooManyIsRefusedAtOnceAndThereIsRoomAgainWhenOneHasEnded() {
    List<Future<Integer>> all = new ArrayList<>();
    for (int i = 0; i < BriefWork.RUNNING_MAX; i++) all.add(interruptibly(LONG));

    assertThat(interruptibly(LONG).cause()).isInstanceOf(GatewayError.Unavailable.class);

    release.countDown();
    Future.all(all).await();
    assertThat(tasks.brief("GET /", LONG, () -> 1).await()).isEqualTo(1);
  }

  @Test
  void aStopInterruptsWhatRunsAndNothingStartsAfterIt() {
    Future<Integer> running = interruptibly(LONG);

    tasks.stop(LONG).await();

    assertThat(failure(running)).isInstanceOf(GatewayError.Unavailable.class);
    assertThat(interruptibly(LONG).cause())
        .isInstanceOf(GatewayError.Unavailable.class)
        .hasMessageContaining("module replication has stopped");
    assertThat(logged.list).isEmpty();
  }

  @Test
  void aStopWaitsForWhatIsSlowToLeave() throws Exception {
    CountDownLatch running = new CountDownLatch(1);
    Future<Integer> deaf = deaf(running);
    running.await();

    Future<Void> stopped = tasks.stop(LONG);

    await().during(Duration.ofMillis(100)).until(() -> !stopped.isComplete());
    release.countDown();
    stopped.await();
    assertThat(deaf.await()).isEqualTo(42);
    assertThat(logged.list).isEmpty();
  }

  @Test
  void aStopDoesNotWaitForEverAndTheLogNamesWhatStayed() throws Exception {
    CountDownLatch running = new CountDownLatch(1);
    Future<Integer> deaf = deaf(running);
    running.await();

    tasks.stop(SHORT).await();

    assertThat(deaf.isComplete()).isFalse();
    assertThat(logged.list)
        .singleElement()
        .satisfies(line ->
            assertThat(line.getKeyValuePairs())
                .extracting(pair -> pair.key + "=" + pair.value)
                .contains("owner=module replication", "work=GET /v1/deaf"));
  }
}
