package dev.penstock.gateway.task;

import dev.penstock.gateway.task.RunningTask.Reason;
import dev.penstock.gateway.task.TaskStatus.State;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.bus.Events;
import dev.penstock.spi.bus.GatewayEvent.TaskEnded;
import dev.penstock.spi.bus.GatewayEvent.TaskStalled;
import dev.penstock.spi.bus.GatewayEvent.TaskStarted;
import dev.penstock.spi.metrics.Metrics;
import dev.penstock.spi.task.Tasks.Work;
import dev.penstock.spi.task.Watchdog.Stall;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs every long piece of work on a virtual thread of its own and watches over it from a timer of
 * the host, which the work cannot block.
 *
 * <p><b>Lifecycle.</b> {@link #watch} once; {@link OwnedTasks#stop} for each owner. <b>Threads.</b>
 * Any.
 */
public final class TaskRegistry {
  /** Each costs a virtual thread and what its work holds. */
  public static final int RUNNING_MAX = 256;

  /** Enough for an operator who looks the next morning. */
  public static final int FINISHED_KEPT = 200;

  /** A stall is seen at most this much late. */
  public static final Duration SCAN_EVERY = Duration.ofSeconds(1);

  private static final Duration ASK_AGAIN = Duration.ofSeconds(5);
  private static final Logger log = LoggerFactory.getLogger(TaskRegistry.class);

  private final Events events;
  private final InstantSource clock;
  private final Map<UUID, RunningTask> running = new LinkedHashMap<>();
  private final Deque<TaskStatus> finished = new ArrayDeque<>();
  private final List<Waiting> waiting = new ArrayList<>();
  private volatile Metrics.Counter stalls = _ -> {};

  private record Waiting(OwnedTasks owner, Promise<Void> left) {}

  public TaskRegistry(Events events, InstantSource clock) {
    this.events = events;
    this.clock = clock;
  }

  /** Scans for stalls from now on, on a context that no module's work runs on. */
  public void watch(Context host) {
    host.runOnContext(
        _ -> host.owner().setPeriodic(SCAN_EVERY.toMillis(), _ -> scan(System.nanoTime())));
  }

  public void show(Metrics metrics) {
    stalls = metrics.counter("tasks_stalled", "Tasks that moved nothing for too long");
    metrics.gauge("tasks_running", "Tasks under way", this::runningCount);
  }

  private synchronized int runningCount() {
    return running.size();
  }

  /** A view for one owner. */
  public OwnedTasks of(String owner) {
    return new OwnedTasks(this, owner);
  }

  /** What runs, oldest first, and then the last that ended, newest first. */
  public synchronized List<TaskStatus> tasks() {
    List<TaskStatus> all = new ArrayList<>(running.size() + finished.size());
    running.values().forEach(task -> all.add(task.status()));
    all.addAll(finished);
    return all;
  }

  public Optional<TaskStatus> find(UUID guid) {
    return tasks().stream().filter(task -> task.guid().equals(guid)).findFirst();
  }

  /**
   * Asks a task to leave; its work decides how soon it does.
   *
   * <p>{@link GatewayError.NotFound} if there is none, {@link GatewayError.Conflict} if it has
   * ended.
   */
  public TaskStatus cancel(UUID guid) {
    RunningTask task;
    synchronized (this) {
      task = running.get(guid);
    }
    if (task != null && task.leave(Reason.CANCELLED)) return task.status();
    TaskStatus ended =
        find(guid)
            .orElseThrow(() -> new GatewayError.NotFound("there is no task %s".formatted(guid)));
    throw new GatewayError.Conflict(
        "task %s has ended already: %s".formatted(ended.name(), ended.outcome()));
  }

  <T> Future<T> run(OwnedTasks owner, String name, long unitsTotal, Duration stall, Work<T> work) {
    RunningTask task = new RunningTask(name, owner, unitsTotal, stall, clock.instant());
    synchronized (this) {
      if (owner.isStopped())
        return Future.failedFuture(unavailable("%s: %s has stopped".formatted(name, owner.name())));
      if (running.size() >= RUNNING_MAX)
        return Future.failedFuture(
            unavailable(
                "%s: %d tasks run already, which is the limit; wait for one to end or cancel one"
                    .formatted(name, RUNNING_MAX)));
      running.put(task.guid(), task);
    }
    events.publish(new TaskStarted(clock.instant(), name, task.guid()));
    Promise<T> done = Promise.promise();
    Thread.ofVirtual().name("task-" + name).start(() -> work(task, work, done));
    return done.future();
  }

  Future<Void> stop(OwnedTasks owner, Duration limit) {
    Promise<Void> left = Promise.promise();
    synchronized (this) {
      List<RunningTask> its = of(owner);
      if (its.isEmpty()) return Future.succeededFuture();
      its.forEach(task -> task.leave(Reason.OWNER_STOPPED));
      waiting.add(new Waiting(owner, left));
    }
    Promise<Void> stopped = Promise.promise();
    left.future().onSuccess(stopped::tryComplete);
    Thread.ofVirtual()
        .name("stop-tasks-" + owner.name())
        .start(() -> giveUpAfter(owner, limit, left, stopped));
    return stopped.future();
  }

  /** Reports what does not move and asks it to leave. */
  void scan(long nowNanos) {
    List<RunningTask> all;
    synchronized (this) {
      all = List.copyOf(running.values());
    }
    for (RunningTask task : all) task.check(nowNanos).ifPresent(stall -> stalled(task, stall));
  }

  private void stalled(RunningTask task, Stall stall) {
    if (!task.leave(Reason.STALLED)) return;
    stalls.add(1);
    log.atWarn()
        .addKeyValue("task", task.name())
        .addKeyValue("owner", task.owner().name())
        .addKeyValue("units", stall.units())
        .addKeyValue("quiet", stall.quiet())
        .log("task stalled");
    events.publish(
        new TaskStalled(clock.instant(), task.name(), task.guid(), stall.units(), stall.quiet()));
  }

  private <T> void work(RunningTask task, Work<T> work, Promise<T> done) {
    T result;
    try {
      task.begin();
      result = work.run(task);
    } catch (Throwable thrown) { // also an Error of a plugin: nobody else would report it
      done.fail(failed(task, thrown));
      return;
    }
    task.end();
    ended(task, State.SUCCEEDED, "done");
    done.complete(result);
  }

  private GatewayError failed(RunningTask task, Throwable thrown) {
    Optional<Reason> reason = task.end();
    if (reason.isPresent()) {
      ended(task, reason.get().end, reason.get().text);
      return unavailable("task %s: %s".formatted(task.name(), reason.get().text));
    }
    if (thrown instanceof GatewayError error) {
      ended(task, State.FAILED, error.what());
      return error;
    }
    log.atError().setCause(thrown).addKeyValue("task", task.name()).log("task failed by a bug");
    ended(task, State.FAILED, thrown.toString());
    return new GatewayError.Failed(
        Scope.MODULE, "task %s: %s".formatted(task.name(), thrown), thrown);
  }

  private void ended(RunningTask task, State state, String outcome) {
    Instant now = clock.instant();
    List<Promise<Void>> left = new ArrayList<>();
    synchronized (this) {
      running.remove(task.guid());
      finished.addFirst(task.ended(state, now, outcome));
      if (finished.size() > FINISHED_KEPT) finished.removeLast();
      if (of(task.owner()).isEmpty())
        waiting.removeIf(w -> w.owner().equals(task.owner()) && left.add(w.left()));
    }
    events.publish(new TaskEnded(now, task.name(), task.guid(), state == State.SUCCEEDED, outcome));
    left.forEach(Promise::tryComplete);
  }

  private void giveUpAfter(
      OwnedTasks owner, Duration limit, Promise<Void> left, Promise<Void> stopped) {
    try {
      left.future()
          .toCompletionStage()
          .toCompletableFuture()
          .get(Math.max(1, limit.toMillis()), TimeUnit.MILLISECONDS);
    } catch (InterruptedException | ExecutionException | TimeoutException _) {
      List<String> names;
      synchronized (this) {
        waiting.removeIf(w -> w.left().equals(left));
        names = of(owner).stream().map(RunningTask::name).toList();
      }
      stopped.tryFail(
          unavailable(
              "%s: did not leave within %d ms: %s"
                  .formatted(owner.name(), limit.toMillis(), String.join(", ", names))));
    }
  }

  private List<RunningTask> of(OwnedTasks owner) {
    return running.values().stream().filter(task -> task.owner().equals(owner)).toList();
  }

  private static GatewayError unavailable(String what) {
    return new GatewayError.Unavailable(Scope.RESOURCE, ASK_AGAIN, what);
  }
}
