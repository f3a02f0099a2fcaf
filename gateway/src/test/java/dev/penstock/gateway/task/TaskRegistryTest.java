package dev.penstock.gateway.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.penstock.gateway.task.TaskStatus.State;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.bus.GatewayEvent.TaskEnded;
import dev.penstock.spi.bus.GatewayEvent.TaskStalled;
import dev.penstock.spi.task.Tasks.Work;
import dev.penstock.spi.testing.FakeClock;
import dev.penstock.spi.testing.FakeEvents;
import dev.penstock.spi.testing.FakeMetrics;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class TaskRegistryTest {
  private static final Duration LONG = Duration.ofMinutes(10);

  private final FakeEvents events = new FakeEvents();
  private final TaskRegistry registry = new TaskRegistry(events, new FakeClock());
  private final OwnedTasks tasks = registry.of("module nbd");

  @Test
  void aTaskAnswersWithWhatItsWorkReturns() {
    Future<Integer> done =
        tasks.run(
            "copy",
            10,
            LONG,
            task -> {
              task.reached(10);
              return 42;
            });

    await().untilAsserted(() -> assertThat(done.result()).isEqualTo(42));
    TaskStatus status = registry.tasks().getFirst();
    assertThat(status.state()).isEqualTo(State.SUCCEEDED);
    assertThat(status.unitsDone()).isEqualTo(10);
    assertThat(status.owner()).isEqualTo("module nbd");
  }

  @Test
  void aTaskFailsWithTheErrorOfItsWork() {
    GatewayError full = new GatewayError.NoSpace("the disk is full");

    Future<Void> failed =
        tasks.run(
            "copy",
            0,
            LONG,
            _ -> {
              throw full;
            });

    await().until(failed::isComplete);
    assertThat(failed.cause()).isSameAs(full);
    assertThat(registry.tasks().getFirst().outcome()).isEqualTo("the disk is full");
  }

  @Test
  void aTaskThatDoesNotMoveIsReportedOnceAndEndsAsUnavailable() {
    Future<Void> stuck = tasks.run("copy", 0, Duration.ofSeconds(30), forEver());
    long late = System.nanoTime() + Duration.ofSeconds(31).toNanos();
    var metrics = new FakeMetrics();
    registry.show(metrics);
    assertThat(metrics.gauged("tasks_running")).isEqualTo(1);

    registry.scan(late);
    registry.scan(late);

    await().until(stuck::isComplete);
    assertThat(metrics.counted("tasks_stalled")).isEqualTo(1);
    assertThat(stuck.cause()).isInstanceOf(GatewayError.Unavailable.class);
    assertThat(events.all(TaskStalled.class)).hasSize(1);
    assertThat(registry.tasks().getFirst().state()).isEqualTo(State.STALLED);
  }

  @Test
  void aTaskThatMovesInTimeIsLeftAlone() {
    Future<Void> slow = tasks.run("copy", 0, Duration.ofSeconds(30), forEver());

    registry.scan(System.nanoTime() + Duration.ofSeconds(20).toNanos());

    assertThat(slow.isComplete()).isFalse();
    assertThat(registry.tasks().getFirst().state()).isEqualTo(State.RUNNING);
    tasks.stop(LONG);
  }

  @Test
  void theHostsTimerSeesAStallByItself() throws Exception {
    Vertx vertx = Vertx.vertx();
    try {
      Context host = vertx.getOrCreateContext();
      registry.watch(host);
      Future<Void> stuck = tasks.run("copy", 0, Duration.ofMillis(1), forEver());

      await().until(stuck::isComplete);
      assertThat(events.await(TaskStalled.class).subject()).isEqualTo("copy");
    } finally {
      vertx.close().toCompletionStage().toCompletableFuture().get();
    }
  }

  @Test
  void aCancelledTaskSaysSo() {
    Future<Void> running = tasks.run("copy", 0, LONG, forEver());

    registry.cancel(registry.tasks().getFirst().guid());

    await().until(running::isComplete);
    assertThat(running.cause()).isInstanceOf(GatewayError.Unavailable.class);
    assertThat(registry.tasks().getFirst().state()).isEqualTo(State.CANCELLED);
    assertThat(events.await(TaskEnded.class).succeeded()).isFalse();
  }

  @Test
  void cancellingWhatIsNotThereOrHasEndedIsRefused() {
    Future<Integer> done = tasks.run("copy", 0, LONG, _ -> 1);
    await().until(() -> done.isComplete());
    UUID guid = registry.tasks().getFirst().guid();

    assertThatThrownBy(() -> registry.cancel(guid)).isInstanceOf(GatewayError.Conflict.class);
    assertThatThrownBy(() -> registry.cancel(UUID.randomUUID()))
        .isInstanceOf(GatewayError.NotFound.class);
  }

  @Test
  void theStopOfAnOwnerEndsItsTasksAndNoOthers() {
    Future<Void> its = tasks.run("copy", 0, LONG, forEver());
    OwnedTasks other = registry.of("store disk");
    Future<Void> others = other.run("check", 0, LONG, forEver());

    Future<Void> stopped = tasks.stop(LONG);

    await().until(stopped::succeeded);
    assertThat(its.failed()).isTrue();
    assertThat(others.isComplete()).isFalse();
    Future<Integer> late = tasks.run("late", 0, LONG, _ -> 1);
    assertThat(late.cause()).isInstanceOf(GatewayError.Unavailable.class);
    other.stop(LONG);
  }

  @Test
  void aStopDoesNotWaitForEverAndNamesWhatStayed() {
    CountDownLatch release = new CountDownLatch(1);
    tasks.run("deaf", 0, LONG, _ -> uninterruptibly(release));

    Future<Void> stopped = tasks.stop(Duration.ofMillis(20));

    await().until(stopped::isComplete);
    assertThat(stopped.cause()).isInstanceOf(GatewayError.Unavailable.class);
    assertThat(stopped.cause()).hasMessageContaining("deaf");
    release.countDown();
  }

  @Test
  void oneTaskTooManyIsRefusedAtOnce() {
    for (int i = 0; i < TaskRegistry.RUNNING_MAX; i++) tasks.run("copy " + i, 0, LONG, forEver());

    Future<Void> refused = tasks.run("one too many", 0, LONG, forEver());

    assertThat(refused.cause()).isInstanceOf(GatewayError.Unavailable.class);
    assertThat(refused.cause()).hasMessageContaining("limit");
    tasks.stop(LONG);
  }

  @Test
  void onlyTheLastFinishedTasksAreKept() {
    for (int i = 0; i < TaskRegistry.FINISHED_KEPT + 5; i++)
      tasks.run("copy " + i, 0, LONG, _ -> 1).await();

    assertThat(registry.tasks()).hasSize(TaskRegistry.FINISHED_KEPT);
    assertThat(registry.tasks().getFirst().name())
        .isEqualTo("copy " + (TaskRegistry.FINISHED_KEPT + 4));
  }

  @Test
  void theAnswerComesOnTheContextThatAsked() throws Exception {
    Vertx vertx = Vertx.vertx();
    try {
      Context asking = vertx.getOrCreateContext();
      Promise<Boolean> same = Promise.promise();
      asking.runOnContext(_ ->
          tasks
              .run("copy", 0, LONG, _ -> 1)
              .onSuccess(_ -> same.complete(asking.equals(Vertx.currentContext()))));

      await().untilAsserted(() -> assertThat(same.future().result()).isTrue());
    } finally {
      vertx.close().toCompletionStage().toCompletableFuture().get();
    }
  }

  private static Work<Void> forEver() {
    return _ -> {
      new CountDownLatch(1).await();
      throw new AssertionError("nobody opens this latch");
    };
  }

  private static int uninterruptibly(CountDownLatch release) {
    while (true)
      try {
        release.await();
        return 1;
      } catch (InterruptedException _) {
        // deaf on purpose
      }
  }
}
