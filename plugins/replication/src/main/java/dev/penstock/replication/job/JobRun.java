package dev.penstock.replication.job;

import static java.util.Objects.requireNonNull;

import dev.penstock.replication.config.JobSettings;
import dev.penstock.replication.plan.ErrorClass;
import dev.penstock.replication.plan.Plan;
import dev.penstock.replication.plan.Step;
import dev.penstock.replication.report.ErrorReport;
import dev.penstock.replication.report.RunLog;
import dev.penstock.replication.report.RunReport.Outcome;
import dev.penstock.replication.report.VolumeReport.WaitsFor;
import dev.penstock.replication.schedule.BackOff;
import dev.penstock.replication.schedule.Turn;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.snapshot.Snapshots.Histories;
import dev.penstock.spi.snapshot.VolumeHistory;
import dev.penstock.spi.task.Task;
import dev.penstock.spi.task.Tasks;
import dev.penstock.spi.volume.Partial;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * One run of a job: a plan for every volume, and then its steps, each a task of its own, as slots
 * become free. Every volume is judged by its own errors; a peer that is away is waited for.
 *
 * <p><b>Threads.</b> {@link #run} has one of its own, and is the only one that decides; steps tell
 * it what became of them.
 */
final class JobRun {
  /** What a plan was made with can change; if it does again at once, something is in the way. */
  private static final int REPLANS_MAX = 1;

  /** Late by so much at most, when a wait is over. */
  private static final Duration LOOK_EVERY = Duration.ofMillis(200);

  private final JobSettings job;
  private final Ends ends;
  private final Planning planning;
  private final Patience patience;
  private final StepWork work;
  private final Surroundings around;
  private final RunLog log;
  private final BlockingQueue<Happening> happenings = new LinkedBlockingQueue<>();
  private final Map<String, VolumeRun> volumes = new HashMap<>();
  private final Map<Turn, VolumeRun> waiting = new HashMap<>();
  private final Set<Turn> underWay = new HashSet<>();
  private final Set<Thread> workers = ConcurrentHashMap.newKeySet();
  private boolean peerAway;
  private boolean failed;

  /** Nothing more is planned. */
  private boolean ended;

  /** Nobody begins anything any more. */
  private volatile boolean over;

  /**
   * What a run uses of the module.
   *
   * @param peerAnswers waits for nothing, and fails if the peer of the job does not answer
   * @param afterFailure whether an earlier run, or an earlier process, may have left leases
   */
  record Surroundings(
      Tasks tasks,
      StepDesk desk,
      BackOff backOff,
      InstantSource clock,
      PeerCheck peerAnswers,
      JobMeters meters,
      boolean afterFailure) {}

  /** Asks the peer whether it is there. */
  @FunctionalInterface
  interface PeerCheck {
    void ask() throws InterruptedException;
  }

  /** What the run is told. */
  private sealed interface Happening {
    record Admitted(Turn one) implements Happening {}

    record Done(Turn one) implements Happening {}

    record Failed(Turn one, Throwable why) implements Happening {}
  }

  JobRun(JobSettings job, Ends ends, StepWork work, Surroundings around, RunLog log) {
    this.job = job;
    this.ends = ends;
    this.patience = new Patience(job.limits().lostPeer(), log, around.clock());
    this.planning = new Planning(ends, job.policies());
    this.work = work;
    this.around = around;
    this.log = log;
  }

  /**
   * Runs to its end.
   *
   * @param progress counts volumes; it does not stall, since its steps do
   * @return how it ended; the log has been told
   */
  Outcome run(Task progress) throws InterruptedException {
    progress.idle();
    try {
      log.attempt();
      planAll();
      progress.outOf(volumes.size());
      steps(progress);
    } catch (GatewayError why) {
      log.planFailed(why);
      around.meters().failed(ErrorClass.of(why));
      failed = true;
    } finally {
      leaveAll();
    }
    return failed ? Outcome.FAILED : Outcome.SUCCEEDED;
  }

  /** A peer that is away before anything is planned is waited for as one that leaves later. */
  private void planAll() throws InterruptedException {
    Histories sender = patience.of(() -> ends.sender().histories());
    Histories receiver = patience.of(() -> ends.receiver().histories());
    unanswered(sender);
    unanswered(receiver);
    Map<String, VolumeHistory> copies = new HashMap<>();
    receiver.volumes().forEach(copy -> copies.put(copy.name(), copy));
    for (VolumeHistory history : sender.volumes()) {
      if (ended) return;
      if (!job.means(history.name())) continue;
      var volume = new VolumeRun(history.name());
      volumes.put(history.name(), volume);
      var both = new Planning.Both(history, Optional.ofNullable(copies.get(history.name())));
      try {
        if (peerAway) volume.planAgain(); // each question would take as long as it may
        else plan(volume, both);
        next(volume);
      } catch (RuntimeException why) {
        failed(volume, why);
      }
    }
  }

  /** What nobody knows anything of is not known to be there. */
  private void unanswered(Histories histories) {
    histories
        .unanswered()
        .forEach((store, why) -> {
          String called = "store " + store;
          log.volume(called, report -> report.failed(error(why), 1, Optional.empty()));
          around.meters().failed(ErrorClass.of(why));
          failed = true;
        });
  }

  private void plan(VolumeRun volume, Planning.Both both) throws InterruptedException {
    List<Step> left = volume.left();
    Plan plan = planning.plan(both);
    volume.plan(planning.planned(both, plan, left));
    planning.anchor(both);
    if (volume.next().isEmpty()) {
      work.prepare(volume);
      if (around.afterFailure()) ends.sender().need(volume.name(), Set.of());
    }
    around.meters().planned(volume.name(), both);
    long offset = volume.planned().partial().map(Partial::offset).orElse(0L);
    both.common().ifPresent(newest -> log.volume(volume.name(), it -> it.arrived(newest.name())));
    log.volume(volume.name(), report -> report.planned(volume.left(), offset));
  }

  /** Waits for a slot, if there is anything left to do. */
  private void next(VolumeRun volume) {
    enter(volume, Turn.AT_ONCE);
  }

  private void enter(VolumeRun volume, Instant notBefore) {
    if (volume.next().isEmpty() && !volume.needsPlan()) return;
    var one =
        new Turn(
            UUID.randomUUID(),
            job.name(),
            volume.consecutiveErrors(),
            notBefore,
            volume.needsPlan() ? Turn.PLANNING : volume.target(around.clock().instant()),
            volume.name());
    waiting.put(one, volume);
    WaitsFor what = notBefore.equals(Turn.AT_ONCE) ? WaitsFor.A_SLOT_TO_STEP : WaitsFor.ITS_TIME;
    log.volume(volume.name(), report -> report.waitingFor(what));
    around.desk().enter(one, admitted -> happenings.add(new Happening.Admitted(admitted)));
  }

  private void steps(Task progress) throws InterruptedException {
    while (!waiting.isEmpty()) {
      progress.reached(volumes.size() - waiting.size());
      Happening happening = happenings.poll(untilLook().toMillis() + 1, TimeUnit.MILLISECONDS);
      if (happening == null) around.desk().look();
      else happened(happening);
      if (peerAway && underWay.isEmpty() && !waiting.isEmpty()) peerIsAway();
    }
    progress.reached(volumes.size());
  }

  /** At most {@link #LOOK_EVERY}: the clock may jump. */
  private Duration untilLook() {
    return around
        .desk()
        .untilNext()
        .filter(until -> until.compareTo(LOOK_EVERY) < 0)
        .map(until -> until.isNegative() ? Duration.ZERO : until)
        .orElse(LOOK_EVERY);
  }

  private void happened(Happening happening) {
    switch (happening) {
      case Happening.Admitted(Turn one) -> {
        if (!waiting.containsKey(one)) return; // it was left meanwhile
        if (peerAway) putBack(one);
        else begin(one);
      }
      case Happening.Done(Turn one) -> next(left(one));
      case Happening.Failed(Turn one, Throwable why) -> failed(left(one), why);
    }
  }

  private VolumeRun left(Turn one) {
    around.desk().leave(one);
    underWay.remove(one);
    return requireNonNull(waiting.remove(one));
  }

  /** Nothing is begun while the peer is away; what was admitted waits again. */
  private void putBack(Turn one) {
    VolumeRun volume = left(one);
    enter(volume, around.clock().instant().plus(LOOK_EVERY));
  }

  private void begin(Turn one) {
    VolumeRun volume = requireNonNull(waiting.get(one));
    underWay.add(one);
    log.volume(volume.name(), report -> report.waitingFor(WaitsFor.NOTHING));
    around
        .tasks()
        .run(
            called(volume),
            volume.next().map(step -> step.to().sizeBytes()).orElse(0L),
            job.limits().transfer(),
            task -> {
              try {
                step(volume, task);
              } catch (InterruptedException e) {
                throw new GatewayError.Unavailable(
                    Scope.RESOURCE, LOOK_EVERY, "the step was broken off", e);
              } catch (RuntimeException why) {
                throw ofOneVolume(why);
              }
              return Optional.empty();
            })
        .onSuccess(_ -> happenings.add(new Happening.Done(one)))
        .onFailure(why -> happenings.add(new Happening.Failed(one, why)));
  }

  /** To the host a bug is the module's, and would end the run: no other volume pays for it. */
  private static RuntimeException ofOneVolume(RuntimeException why) {
    return why instanceof GatewayError
        ? why
        : new GatewayError.Failed(Scope.RESOURCE, "the step failed: " + why, why);
  }

  private String called(VolumeRun volume) {
    return volume
        .next()
        .map(step -> "%s: %s@%s".formatted(job.name(), volume.name(), step.to().name()))
        .orElseGet(() -> "%s: %s".formatted(job.name(), volume.name()));
  }

  /** On the thread of the step's task. */
  private void step(VolumeRun volume, Task task) throws InterruptedException {
    workers.add(Thread.currentThread());
    try {
      if (over) throw new InterruptedException("the run has ended");
      if (volume.needsPlan()) plan(volume, planning.look(volume.name()));
      if (volume.next().isPresent()) {
        work.take(volume, task);
        volume.stepDone();
        log.volume(volume.name(), report -> report.stepDone());
        around.meters().stepDone(volume.name());
      }
      // Nothing may be left to do because the answer to a step was lost: its leases are there.
      if (volume.next().isEmpty()) ends.sender().need(volume.name(), Set.of());
    } finally {
      workers.remove(Thread.currentThread());
    }
  }

  private void failed(VolumeRun volume, Throwable why) {
    ErrorClass what = ErrorClass.of(why);
    around.meters().failed(what);
    boolean stale = isStale(why) && volume.isPlanned();
    if (stale && volume.replanned() <= REPLANS_MAX) {
      enter(volume, Turn.AT_ONCE);
      return;
    }
    int errors = volume.failed();
    if (stale && errors < job.attempts()) { // such as a reception that nobody has ended yet
      tryAgain(volume, why, errors);
      return;
    }
    switch (what) {
      case VOLUME_FAILED -> failedForGood(volume, why, errors);
      case RETRY_VOLUME -> {
        if (errors >= job.attempts()) failedForGood(volume, why, errors);
        else tryAgain(volume, why, errors);
      }
      case WAIT_FOR_PEER -> {
        peerAway = true;
        // One that answers nothing but hello would be waited for without end.
        if (errors >= job.attempts()) failedForGood(volume, why, errors);
        else tryAgain(volume, why, errors);
      }
      case END_RUN -> {
        failedForGood(volume, why, errors);
        endAll();
      }
    }
  }

  /** What was planned with is gone, or something else has come: it is not what it was. */
  private static boolean isStale(Throwable why) {
    return why instanceof GatewayError.NotFound || why instanceof GatewayError.Conflict;
  }

  private void failedForGood(VolumeRun volume, Throwable why, int errors) {
    failed = true;
    log.volume(volume.name(), report -> report.failed(error(why), errors, Optional.empty()));
  }

  private void tryAgain(VolumeRun volume, Throwable why, int errors) {
    Instant notBefore =
        around.clock().instant().plus(around.backOff().delay(errors, ErrorClass.delay(why)));
    log.volume(volume.name(), report -> report.failed(error(why), errors, Optional.of(notBefore)));
    enter(volume, notBefore);
  }

  private ErrorReport error(Throwable why) {
    return ErrorReport.of(why, around.clock().instant());
  }

  /** The others would only fail as well: all wait. */
  private void peerIsAway() throws InterruptedException {
    try {
      patience.of(() -> {
        around.peerAnswers().ask();
        return true;
      });
      peerAway = false;
    } catch (GatewayError gone) {
      for (VolumeRun volume : List.copyOf(waiting.values()))
        failedForGood(volume, gone, volume.consecutiveErrors());
      endAll();
    }
  }

  /** Nothing more is begun; what is under way ends on its own. */
  private void endAll() {
    failed = true;
    ended = true;
    for (Turn one : List.copyOf(waiting.keySet())) if (!underWay.contains(one)) left(one);
  }

  /**
   * However the run ends, nobody waits or works for it any more. What is under way is broken off,
   * and waited for: until then its slot is taken, and the next run would find its volume in use.
   */
  private void leaveAll() {
    over = true;
    workers.forEach(Thread::interrupt);
    for (Turn one : List.copyOf(waiting.keySet())) if (!underWay.contains(one)) left(one);
    boolean interrupted = false;
    while (!underWay.isEmpty())
      try {
        switch (happenings.take()) {
          case Happening.Admitted _ -> {} // it was left meanwhile
          case Happening.Done(Turn one) -> left(one);
          case Happening.Failed(Turn one, Throwable _) -> left(one);
        }
      } catch (InterruptedException _) {
        interrupted = true;
      }
    if (interrupted) Thread.currentThread().interrupt();
  }
}
