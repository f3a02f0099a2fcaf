package dev.penstock.pruner.run;

import dev.penstock.pruner.config.Limits;
import dev.penstock.pruner.config.PrunerConfig;
import dev.penstock.pruner.config.Rules;
import dev.penstock.pruner.run.Wanted.Trigger;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.snapshot.Snapshots;
import dev.penstock.spi.task.Task;
import dev.penstock.spi.task.Tasks;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Runs plans, one run after the other, and remembers what came of them.
 *
 * <p><b>Lifecycle.</b> Until {@link #stop}. <b>Threads.</b> Any.
 */
public final class Pruner {
  /** Enough to see what has changed since it last went well. */
  public static final int REPORTS_KEPT = 20;

  /**
   * By hand, those that wait included: each is a task from the beginning, of which a gateway has
   * some hundreds for everybody.
   */
  public static final int ASKED_MAX = 16;

  private static final Duration ASK_AGAIN = Duration.ofSeconds(30);

  /** As many tasks as a gateway runs at once: the end of each is heard of soon after. */
  private static final int TASKS_KNOWN_MAX = 256;

  private static final Duration BACKOFF_FIRST = Duration.ofSeconds(2);

  private final RunHost host;
  private final Tasks tasks;
  private final Deque<RunReport> reports = new ArrayDeque<>();
  private final Set<PruneRun> runs = ConcurrentHashMap.newKeySet();
  private final Deque<UUID> ownTasks = new ArrayDeque<>();
  private final Promise<Void> stopping = Promise.promise();
  private final Map<Trigger, Wanted> wishes = new EnumMap<>(Trigger.class);
  private Future<Void> last = Future.succeededFuture();
  private int asked;

  /** Runs with these, from now on. */
  public Pruner(
      Tasks tasks,
      Snapshots snapshots,
      Supplier<PrunerConfig> config,
      Supplier<Rules> rules,
      InstantSource clock,
      Observer observer) {
    this(
        tasks,
        new RunHost(
            snapshots,
            config,
            rules,
            clock,
            System::nanoTime,
            new Backoff(BACKOFF_FIRST, () -> ThreadLocalRandom.current().nextDouble()),
            new Standings(),
            observer));
  }

  Pruner(Tasks tasks, RunHost host) {
    this.tasks = tasks;
    this.host = host;
  }

  public Standings standings() {
    return host.standings();
  }

  /** The last that ended, the newest first. */
  public List<RunReport> reports() {
    synchronized (reports) {
      return List.copyOf(reports);
    }
  }

  /** Whether a task is, or was lately, a run of this one. */
  public boolean isOwn(UUID task) {
    synchronized (ownTasks) {
      return ownTasks.contains(task);
    }
  }

  private void own(UUID task) {
    synchronized (ownTasks) {
      ownTasks.addLast(task);
      if (ownTasks.size() > TASKS_KNOWN_MAX) ownTasks.removeFirst();
    }
  }

  /**
   * Runs when those before it have ended, together with all that the same trigger wants until then:
   * so at most one run of a trigger waits, and none of them is a task before its turn. What becomes
   * of it is in {@link #reports}.
   */
  public void want(Wanted wanted) {
    Trigger trigger = wanted.trigger();
    Turn turn;
    synchronized (this) {
      boolean waits = wishes.containsKey(trigger);
      wishes.merge(trigger, wanted, Wanted::and);
      if (waits) return;
      turn = line();
    }
    turn.before()
        .onComplete(_ -> {
          Wanted all = take(trigger);
          if (stopping.future().isComplete()) turn.ended().complete();
          else asTask(all, (limits, task) -> run(all, limits, task), turn);
        });
  }

  private synchronized Wanted take(Trigger trigger) {
    return Objects.requireNonNull(wishes.remove(trigger));
  }

  /**
   * Runs for somebody who wants to see it: as a task at once, that waits for those before it.
   *
   * @param begun is told the task's guid, on its thread
   * @return what came of it. Fails if a volume is not done, or the run was ended; {@link #reports}
   *     has it then too. {@link GatewayError.Unavailable} if {@link #ASKED_MAX} are there
   */
  public Future<RunReport> ask(Wanted wanted, Consumer<UUID> begun) {
    Turn turn;
    synchronized (this) {
      if (asked >= ASKED_MAX) return Future.failedFuture(tooMany());
      asked++;
      turn = line();
    }
    return asTask(
            wanted,
            (limits, task) -> {
              begun.accept(task.guid());
              task.idle();
              await(Future.any(turn.before(), stopping.future()));
              task.busy();
              return run(wanted, limits, task);
            },
            turn)
        .onComplete(_ -> answered());
  }

  private synchronized void answered() {
    asked--;
  }

  private static GatewayError tooMany() {
    return new GatewayError.Unavailable(
        Scope.MODULE,
        ASK_AGAIN,
        "%d prune runs that were asked for are under way or wait; wait for one to end, or cancel one (penstock task list)"
            .formatted(ASKED_MAX));
  }

  /**
   * A place in the line.
   *
   * @param before when all that stand before it have ended
   * @param ended to be completed when it has, too
   */
  private record Turn(Future<Void> before, Promise<Void> ended) {}

  /** The last place in it. Under this object's lock. */
  private Turn line() {
    Promise<Void> ended = Promise.promise();
    var turn = new Turn(last, ended);
    last = ended.future();
    return turn;
  }

  private interface Work {
    RunReport run(Limits limits, Task task) throws InterruptedException;
  }

  private Future<RunReport> asTask(Wanted wanted, Work work, Turn turn) {
    Limits limits = host.config().get().limits();
    return tasks
        .run(
            wanted.title(),
            0,
            PruneRun.stall(limits),
            task -> {
              own(task.guid());
              return work.run(limits, task);
            })
        // Also one that never had its turn: those behind it wait for those before it.
        .onComplete(_ -> turn.before().onComplete(_ -> turn.ended().complete()));
  }

  /** It does not fail. */
  private static void await(Future<?> future) throws InterruptedException {
    var came = new CountDownLatch(1);
    future.onComplete(_ -> came.countDown());
    came.await();
  }

  private RunReport run(Wanted wanted, Limits limits, Task task) throws InterruptedException {
    var run = new PruneRun(host, wanted, limits, task);
    runs.add(run);
    if (stopping.future().isComplete()) run.stop();
    Instant startedAt = host.clock().instant();
    long startedNanos = host.nanos().getAsLong();
    Optional<GatewayError> error = Optional.empty();
    boolean cancelled = true; // unless it comes to an end
    RunReport report;
    try {
      if (!run.isStopped()) run.work();
      cancelled = run.isStopped();
      if (!cancelled) error = run.unseen();
    } catch (RuntimeException | Error e) {
      cancelled = false;
      error = Optional.of(PruneRun.error(e));
    } finally {
      runs.remove(run);
      report = report(task.guid(), wanted, startedAt, run, cancelled, error);
      remember(report);
      host.observer().ended(report, host.nanos().getAsLong() - startedNanos);
    }
    if (error.isPresent()) throw error.get();
    return succeeded(report);
  }

  private RunReport report(
      UUID task,
      Wanted wanted,
      Instant startedAt,
      PruneRun run,
      boolean cancelled,
      Optional<GatewayError> error) {
    var volumes = run.reports();
    boolean done =
        error.isEmpty() && volumes.stream().allMatch(one -> one.state() == VolumeReport.State.DONE);
    return new RunReport(
        task,
        wanted,
        startedAt,
        host.clock().instant(),
        cancelled
            ? RunReport.State.CANCELLED
            : done ? RunReport.State.DONE : RunReport.State.FAILED,
        error.map(GatewayError::what),
        run.volumesTotal(),
        volumes);
  }

  private void remember(RunReport report) {
    synchronized (reports) {
      reports.addFirst(report);
      while (reports.size() > REPORTS_KEPT) reports.removeLast();
    }
  }

  private static RunReport succeeded(RunReport report) {
    if (report.state() == RunReport.State.DONE) return report;
    if (report.state() == RunReport.State.CANCELLED)
      throw new GatewayError.Unavailable(Scope.RESOURCE, Duration.ZERO, "the run was ended");
    var notDone = report.notDone();
    throw new GatewayError.Failed(
        Scope.RESOURCE,
        "%d of %d volumes not pruned: %s"
            .formatted(
                notDone.size(),
                report.volumesTotal(),
                notDone.stream()
                    .limit(3)
                    .map(one -> one.volume() + ": " + one.error().orElse("it backs off"))
                    .collect(Collectors.joining("; "))));
  }

  /** Ends what runs and what waits. Completes when no run is there any more. */
  public Future<Void> stop() {
    stopping.tryComplete();
    runs.forEach(PruneRun::stop);
    synchronized (this) {
      return last;
    }
  }
}
