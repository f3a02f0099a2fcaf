package dev.penstock.replication.job;

import dev.penstock.replication.config.JobSettings;
import dev.penstock.replication.config.Role;
import dev.penstock.replication.flow.Bandwidth;
import dev.penstock.replication.plan.ErrorClass;
import dev.penstock.replication.plan.Plan;
import dev.penstock.replication.report.ErrorReport;
import dev.penstock.replication.report.RunHistory;
import dev.penstock.replication.report.RunLog;
import dev.penstock.replication.report.RunReport;
import dev.penstock.replication.report.RunReport.Outcome;
import dev.penstock.replication.schedule.BackOff;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.bus.GatewayEvent.ModuleEvent;
import dev.penstock.spi.module.ModuleContext;
import dev.penstock.spi.snapshot.Snapshots.Histories;
import dev.penstock.spi.snapshot.VolumeHistory;
import dev.penstock.spi.task.Task;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;

/**
 * A job, its runs one at a time, and what is remembered of them.
 *
 * <p><b>Threads.</b> Any; nothing blocks.
 */
public final class Job {
  /** Of the run as a whole: its steps and questions have limits of their own. */
  private static final Duration NO_STALL = Duration.ofDays(365);

  private final JobSettings settings;
  private final Parts parts;
  private final JobMeters meters;
  private final Bandwidth bandwidth;
  private Optional<Running> running = Optional.empty();
  private RunHistory history;
  private boolean paused;

  /**
   * Whether leases may be there of a run that did not come to its end: as of the process before.
   */
  private boolean afterFailure = true;

  /** What jobs share. */
  record Parts(ModuleContext context, Sites sites, JobRunParts run) {}

  /** What their runs share. */
  record JobRunParts(StepDesk desk, BackOff backOff, Bandwidth bandwidth) {}

  /** A run that goes on. */
  private static final class Running {
    private final RunLog log;
    private final UUID task;
    private final Thread thread;
    private final Promise<Void> ended = Promise.promise();
    private volatile boolean stopped;

    Running(RunLog log, UUID task, Thread thread) {
      this.log = log;
      this.task = task;
      this.thread = thread;
    }
  }

  Job(JobSettings settings, Parts parts) {
    this.settings = settings;
    this.parts = parts;
    this.bandwidth = new Bandwidth(settings.bandwidth());
    Map<String, String> state = parts.context().state().all();
    this.history = RunHistory.read(state.getOrDefault(key("history"), "[]"));
    this.meters =
        new JobMeters(
            parts.context().metrics(),
            parts.context().clock(),
            settings.name(),
            history.lastSuccess());
    this.paused = state.containsKey(key("paused"));
  }

  private String key(String what) {
    return "job.%s.%s".formatted(settings.name(), what);
  }

  public JobSettings settings() {
    return settings;
  }

  public synchronized boolean isPaused() {
    return paused;
  }

  public synchronized boolean isRunning() {
    return running.isPresent();
  }

  /** The run that is under way, as it is now, and the last ones that have ended, newest first. */
  public synchronized List<JsonObject> reports() {
    List<JsonObject> reports = new ArrayList<>();
    running.ifPresent(run -> reports.add(run.log.report().toJson()));
    reports.addAll(history.runs());
    return reports;
  }

  public synchronized Optional<UUID> task() {
    return running.map(run -> run.task);
  }

  /** The last runs, the newest first. */
  public synchronized RunHistory history() {
    return history;
  }

  JobMeters meters() {
    return meters;
  }

  public Bandwidth bandwidth() {
    return bandwidth;
  }

  /**
   * Starts a run.
   *
   * @param trigger what starts it, in words
   * @return its task, once it has begun; {@link GatewayError.Conflict} if one is under way
   */
  public Future<UUID> start(String trigger) {
    Promise<UUID> begun = Promise.promise();
    parts
        .context()
        .tasks()
        .run(
            "job " + settings.name(),
            0,
            NO_STALL,
            task -> {
              RunReport report = run(trigger, task, begun);
              if (report.outcome() != Outcome.SUCCEEDED) throw failure(report);
              return Optional.empty();
            })
        .onFailure(begun::tryFail);
    return begun.future();
  }

  private static GatewayError failure(RunReport report) {
    return new GatewayError.Failed(
        GatewayError.Scope.RESOURCE,
        "job %s: %s"
            .formatted(
                report.job(),
                switch (report.outcome()) {
                  case CANCELLED -> "cancelled";
                  case INTERRUPTED -> "interrupted by a stop";
                  default -> "not every volume is where it should be; see its report";
                }));
  }

  private RunReport run(String trigger, Task task, Promise<UUID> begun) {
    var log = new RunLog(settings.name(), trigger, parts.context().clock());
    var run = new Running(log, task.guid(), Thread.currentThread());
    boolean after;
    synchronized (this) {
      if (running.isPresent())
        throw new GatewayError.Conflict("job %s runs already".formatted(settings.name()));
      running = Optional.of(run);
      after = afterFailure;
      afterFailure = false;
    }
    begun.tryComplete(task.guid());
    long beganNanos = System.nanoTime();
    try (log) {
      log.finish(outcome(log, run, task, after));
    } finally {
      ended(run, System.nanoTime() - beganNanos);
    }
    return log.report();
  }

  private Outcome outcome(RunLog log, Running run, Task task, boolean after) {
    try {
      boolean taken = snapshots(log);
      Outcome sent =
          settings.role() instanceof Role.SnapshotsOnly
              ? Outcome.SUCCEEDED
              : replicate(log, task, after);
      return taken ? sent : Outcome.FAILED;
    } catch (InterruptedException e) {
      return run.stopped ? Outcome.INTERRUPTED : Outcome.CANCELLED;
    } catch (GatewayError why) {
      log.planFailed(why);
      meters.failed(ErrorClass.of(why));
      return Outcome.FAILED;
    } catch (RuntimeException bug) {
      log.planFailed(bug); // the report says what the log of the gateway has in full
      throw bug;
    }
  }

  /** False if a volume has none now. The others are sent nevertheless. */
  private boolean snapshots(RunLog log) throws InterruptedException {
    if (settings.snapshots().isEmpty()) return true;
    var taking =
        new Snapshotting(
            parts.context().snapshots(),
            settings,
            settings.snapshots().get(),
            parts.context().clock());
    log.attempt();
    Map<String, GatewayError> failed = taking.take();
    failed.forEach((volume, why) -> {
      meters.failed(ErrorClass.of(why));
      var error = ErrorReport.of(why, parts.context().clock().instant());
      log.volume(volume, report -> report.failed(error, 1, Optional.empty()));
    });
    return failed.isEmpty();
  }

  private Outcome replicate(RunLog log, Task task, boolean after) throws InterruptedException {
    Sites.Found found = found(log);
    var around =
        new JobRun.Surroundings(
            parts.context().tasks(),
            parts.run().desk(),
            parts.run().backOff(),
            parts.context().clock(),
            found.check(),
            meters,
            after);
    var work =
        new StepWork(
            found.ends(),
            settings.protection(),
            List.of(bandwidth, parts.run().bandwidth()),
            (volume, bytes) -> {
              meters.sent(bytes);
              log.volume(volume.name(), report -> report.sent(bytes));
            });
    return new JobRun(settings, found.ends(), work, around, log).run(task);
  }

  /** A peer that is away when the run begins is waited for as one that leaves later. */
  private Sites.Found found(RunLog log) throws InterruptedException {
    var patience = new Patience(settings.limits().lostPeer(), log, parts.context().clock());
    return patience.of(() -> parts.sites().of(settings));
  }

  private void ended(Running run, long nanos) {
    RunReport report = run.log.report();
    boolean succeeded = report.outcome() == Outcome.SUCCEEDED;
    String text;
    parts.context().snapshots().putDown(Sites.purpose(settings)); // before another can begin
    synchronized (this) {
      running = Optional.empty();
      if (!succeeded) afterFailure = true;
      history = history.with(report);
      text = history.text();
    }
    meters.ended(succeeded, nanos);
    var context = parts.context();
    context.state().put(key("history"), text);
    context
        .events()
        .publish(
            new ModuleEvent(
                context.clock().instant(),
                settings.name(),
                "replication.run-ended",
                Map.of(
                    "job",
                    settings.name(),
                    "outcome",
                    report.outcome().name().toLowerCase(Locale.ROOT),
                    "run",
                    report.guid().toString())));
    run.ended.complete();
  }

  /** Ends the run that is under way; what was received of its steps is kept. */
  public synchronized void cancel() {
    Running run =
        running.orElseThrow(
            () -> new GatewayError.Conflict("job %s does not run".formatted(settings.name())));
    run.thread.interrupt();
  }

  /**
   * The module stops.
   *
   * @return completes when no run is under way
   */
  Future<Void> stop() {
    Optional<Running> run;
    synchronized (this) {
      run = running;
      run.ifPresent(one -> {
        one.stopped = true;
        one.thread.interrupt();
      });
    }
    return run.map(one -> one.ended.future()).orElseGet(Future::succeededFuture);
  }

  /** Nothing but an operator starts it any more, until {@link #resume}. Across restarts. */
  public Future<Void> pause() {
    synchronized (this) {
      paused = true;
    }
    return parts.context().state().put(key("paused"), "yes");
  }

  public Future<Void> resume() {
    synchronized (this) {
      paused = false;
    }
    return parts.context().state().remove(key("paused"));
  }

  /** What a run would do now, by volume; or why that is not known. Waits. */
  public Map<String, PlanOrError> plan() throws InterruptedException {
    if (settings.role() instanceof Role.SnapshotsOnly) return Map.of();
    Ends ends = parts.sites().of(settings).ends();
    var planning = new Planning(ends, settings.policies());
    Histories sender = ends.sender().histories();
    Histories receiver = ends.receiver().histories();
    Map<String, VolumeHistory> copies = new HashMap<>();
    receiver.volumes().forEach(copy -> copies.put(copy.name(), copy));
    Map<String, PlanOrError> plans = new TreeMap<>();
    for (VolumeHistory history : sender.volumes())
      if (settings.means(history.name())) {
        var both = new Planning.Both(history, Optional.ofNullable(copies.get(history.name())));
        plans.put(history.name(), planned(planning, both));
      }
    for (Histories side : List.of(sender, receiver))
      side.unanswered()
          .forEach((store, why) -> plans.put("store " + store, new PlanOrError.Unplanned(why)));
    return plans;
  }

  private PlanOrError planned(Planning planning, Planning.Both both) throws InterruptedException {
    boolean takes = settings.snapshots().isPresent() && Snapshotting.takes(settings, both.sender());
    try {
      return new PlanOrError.Planned(planning.plan(both), takes);
    } catch (GatewayError why) {
      return new PlanOrError.Unplanned(why);
    }
  }

  /** A plan, or why there is none. */
  public sealed interface PlanOrError {
    /**
     * @param takesSnapshot whether the run takes a snapshot first, which nobody can plan with yet
     */
    record Planned(Plan plan, boolean takesSnapshot) implements PlanOrError {}

    record Unplanned(GatewayError why) implements PlanOrError {}
  }
}
