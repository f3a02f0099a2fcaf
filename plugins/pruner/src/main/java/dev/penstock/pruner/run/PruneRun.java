package dev.penstock.pruner.run;

import dev.penstock.pruner.config.Limits;
import dev.penstock.pruner.config.Policy;
import dev.penstock.pruner.config.PrunerConfig;
import dev.penstock.pruner.plan.VolumePlan;
import dev.penstock.pruner.run.VolumeQueue.Waiting;
import dev.penstock.pruner.run.VolumeReport.State;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.retention.Series;
import dev.penstock.spi.snapshot.Fate;
import dev.penstock.spi.snapshot.Meant;
import dev.penstock.spi.snapshot.Snapshots.Histories;
import dev.penstock.spi.snapshot.VolumeHistory;
import dev.penstock.spi.task.Task;
import dev.penstock.spi.volume.SnapshotInfo;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * One run, on one thread: it plans there, and the answers of the stores come into its inbox. So
 * several volumes are under way at once and nothing here needs a lock.
 *
 * <pre>
 *   listed ─► waiting ─► looked at ─► batch ─► … ─► done
 *                ▲            │          │
 *                └── backing off ◄───────┘  failed, in a way that passes
 * </pre>
 *
 * A volume whose call does not come back in time is given up, and the others go on in its place.
 *
 * <p>Once every volume is through, those whose store has little room have a second turn: {@link
 * MakingRoom}.
 *
 * <p>Whatever took a step, a plan or an answer, is progress; and between two of them a stop or a
 * cancel ends the run. A volume is planned anew if the settings have changed since, or time has.
 */
final class PruneRun {
  /** Longer back-offs are for the next run: this one has to end. */
  static final Duration WAIT_MAX = Duration.ofMinutes(1);

  /**
   * What is destroyed was planned so long ago at most: somebody else destroys too, and the newest
   * of then need not be there any more. To look costs far less than to destroy for so long.
   */
  static final Duration PLAN_AGE_MAX = Duration.ofMinutes(1);

  /** For rules: the longest of all steps that wait for nobody. */
  private static final Duration PLANNING_MAX = Duration.ofSeconds(30);

  private final RunHost host;
  private final Wanted wanted;
  private final Limits limits;
  private final Task task;
  private final BlockingQueue<Runnable> inbox = new LinkedBlockingQueue<>();
  private final VolumeQueue queue = new VolumeQueue();
  private final Map<String, VolumeTurn> turns = new HashMap<>();
  private final Map<String, VolumeHistory> listed = new HashMap<>();
  private final List<VolumeTurn> underWay = new ArrayList<>();
  private final Deque<VolumeTurn> lastResort = new ArrayDeque<>();
  private final MakingRoom makingRoom;
  private final List<VolumeReport> reports = new ArrayList<>();
  private volatile boolean stopped;
  private Map<String, GatewayError> unanswered = Map.of();
  private int volumesTotal;
  private long unitsDone; // volumes that are through, calls and snapshots that have their answer
  private long unitsTotal;

  PruneRun(RunHost host, Wanted wanted, Limits limits, Task task) {
    this.host = host;
    this.wanted = wanted;
    this.limits = limits;
    this.task = task;
    this.makingRoom = new MakingRoom(host, this);
  }

  /** A run within its limits takes a step at least so often: it waits, asks, and plans. */
  static Duration stall(Limits limits) {
    return WAIT_MAX.plus(limits.call()).plus(PLANNING_MAX);
  }

  /** From another thread: ends as soon as what is under way can be left. */
  void stop() {
    stopped = true;
    inbox.add(() -> {});
  }

  /** Lists, and then works until every volume is through. Throws if nothing can be listed. */
  void work() throws InterruptedException {
    unitsTotal++;
    enter(list());
    unitsDone++;
    begin();
    while (!stopped && !(queue.isEmpty() && underWay.isEmpty() && lastResort.isEmpty())) {
      List<Runnable> answers = new ArrayList<>();
      Optional.ofNullable(inbox.poll(waitNanos(), TimeUnit.NANOSECONDS)).ifPresent(answers::add);
      inbox.drainTo(answers);
      for (Runnable answer : answers) {
        answer.run();
        step();
      }
      giveUpLate();
      begin();
    }
    step();
  }

  /** Between any two things to do: says how far it is, and leaves if it is to. */
  private void step() throws InterruptedException {
    task.outOf(unitsTotal);
    task.reached(unitsDone);
    if (Thread.interrupted()) throw new InterruptedException();
  }

  private Histories list() throws InterruptedException {
    var answer = host.standings().listing(host.snapshots()::histories);
    var itsInbox = inbox; // and not the run: a list that hangs outlives it
    answer.onComplete(_ -> itsInbox.add(() -> {}));
    long deadline = now() + limits.call().toNanos();
    while (!answer.isComplete() && !stopped && deadline - now() > 0)
      inbox.poll(deadline - now(), TimeUnit.NANOSECONDS);
    if (answer.failed()) throw error(answer.cause());
    if (answer.succeeded()) return answer.result();
    if (stopped) return new Histories(List.of(), Map.of());
    throw new GatewayError.Unavailable(
        Scope.MODULE,
        limits.call(),
        "the stores did not list their snapshots within %d ms".formatted(limits.call().toMillis()));
  }

  private void enter(Histories histories) {
    if (stopped) return;
    unanswered = histories.unanswered();
    var there = histories.volumes().stream().map(VolumeHistory::name).collect(Collectors.toSet());
    host.standings()
        .retain(volume ->
            !policiesOf(volume).isEmpty() && (!unanswered.isEmpty() || there.contains(volume)));
    long entered = now();
    for (VolumeHistory history : histories.volumes()) {
      String volume = history.name();
      if (!wanted.means(volume, policiesOf(volume))) continue;
      if (history.volume().isEmpty() && !mayMakeRoom(history)) continue; // it is not there yet
      volumesTotal++;
      unitsTotal++;
      var turn = new VolumeTurn(volume);
      var standing = host.standings().of(volume);
      if (standing.hangs()) {
        turn.failed(hangs());
        through(turn, State.HANGS);
      } else if (!wanted.byHand() && standing.notBeforeNanos() > now() && standing.errors() > 0) {
        reports.add(report(turn, State.BACKING_OFF));
        unitsDone++;
      } else {
        turns.put(volume, turn);
        listed.put(volume, history);
        queue.add(new Waiting(standing.errors(), entered, volume));
      }
    }
  }

  private List<Policy> policiesOf(String volume) {
    return host.config().get().policiesOf(volume);
  }

  private void begin() throws InterruptedException {
    while (!stopped && underWay.size() < limits.volumes()) {
      Optional<Waiting> next = queue.takeReady(now());
      if (next.isEmpty()) break;
      var turn = turns.get(next.get().volume());
      if (turn == null) continue;
      underWay.add(turn);
      turn.attempt();
      look(turn);
      step();
    }
    if (stopped || !queue.isEmpty() || !underWay.isEmpty()) return;
    VolumeTurn last = lastResort.poll();
    if (last == null) return;
    underWay.add(last);
    lookAgain(last);
    step();
  }

  /** The list says whether there is anything to do; what is done is planned on a fresh look. */
  private void look(VolumeTurn turn) {
    var history = listed.remove(turn.volume());
    if (history != null && plan(turn, history) && !turn.hasGoing()) rest(turn);
    else if (turn.error().isEmpty()) lookAgain(turn);
  }

  void lookAgain(VolumeTurn turn) {
    ask(turn, () -> host.snapshots().history(turn.volume()), history -> act(turn, history));
  }

  /** False if it failed. */
  private boolean plan(VolumeTurn turn, VolumeHistory history) {
    try {
      turn.in(history.store(), mayMakeRoom(history) ? history.partial() : Optional.empty());
      PrunerConfig config = host.config().get();
      var policies = config.policiesOf(turn.volume());
      // What the run is about may have ceased to mean the volume since it was listed.
      if (!wanted.means(turn.volume(), policies)) policies = List.of();
      var series = new Series(turn.volume(), history.snapshots(), host.clock().instant());
      VolumePlan plan = VolumePlan.of(series, policies, host.rules().get());
      turn.planned(
          plan, wantedOf(turn.volume(), plan.going()), new VolumeTurn.Basis(config, now()));
      return true;
    } catch (RuntimeException e) {
      failed(turn, error(e));
      return false;
    }
  }

  private List<SnapshotInfo> wantedOf(String volume, List<SnapshotInfo> going) {
    if (wanted.trigger() != Wanted.Trigger.DEFERRED) return going;
    var deferred = host.standings().of(volume).deferred();
    return going.stream().filter(one -> deferred.contains(one.guid())).toList();
  }

  /** A part of a snapshot, if the run is about more than what was deferred. */
  private boolean mayMakeRoom(VolumeHistory history) {
    return history.partial().isPresent()
        && wanted.trigger() != Wanted.Trigger.DEFERRED
        && wanted.means(history.name(), policiesOf(history.name()))
        && host.config().get().lowSpaceOf(history.name()).isPresent();
  }

  private void act(VolumeTurn turn, VolumeHistory history) {
    if (stopped || !plan(turn, history)) return;
    var unmatched = turn.unmatched();
    if (!unmatched.isEmpty() && host.standings().isNews(turn.volume(), unmatched))
      host.observer().unmatched(turn.volume(), unmatched);
    unitsTotal += turn.goingCount();
    next(turn);
  }

  private void next(VolumeTurn turn) {
    if (turn.hasGoing() && isOutdated(turn.basis())) {
      unitsTotal -= turn.goingCount();
      lookAgain(turn);
      return;
    }
    List<Meant> batch = turn.nextBatch(limits.batch());
    if (batch.isEmpty()) turn.error().ifPresentOrElse(why -> failed(turn, why), () -> rest(turn));
    else ask(turn, () -> host.snapshots().destroy(batch), fates -> destroyed(turn, batch, fates));
  }

  boolean isOutdated(VolumeTurn.Basis basis) {
    return now() - basis.plannedNanos() > PLAN_AGE_MAX.toNanos()
        || !basis.config().equals(host.config().get());
  }

  private void destroyed(VolumeTurn turn, List<Meant> batch, List<Fate> fates) {
    turn.fated(batch, fates);
    unitsDone += batch.size();
    host.observer().destroyed(count(fates, Fate.Destroyed.class));
    host.observer().deferred(count(fates, Fate.Deferred.class));
    host.observer()
        .snapshotsFailed(
            count(fates, Fate.Failed.class) + Math.max(0, batch.size() - fates.size()));
    next(turn);
  }

  /** Nothing is left but what somebody needs. One volume at a time comes here twice: see begin. */
  private void rest(VolumeTurn turn) {
    if (!makingRoom.concerns(turn)) done(turn);
    else if (turn.isLast()) makingRoom.go(turn);
    else {
      turn.last();
      underWay.remove(turn);
      lastResort.add(turn);
    }
  }

  static int count(List<Fate> fates, Class<? extends Fate> kind) {
    return (int) fates.stream().filter(kind::isInstance).filter(fate -> !isGone(fate)).count();
  }

  private static boolean isGone(Fate fate) {
    return fate instanceof Fate.Failed(var _, GatewayError.NotFound _);
  }

  /** The answer is brought to the run's thread, unless it comes too late. */
  <T> void ask(VolumeTurn turn, Supplier<Future<T>> question, Consumer<T> then) {
    if (stopped) return;
    unitsTotal++;
    Future<T> answer = question.get();
    int call = turn.asked(answer, now() + limits.call().toNanos());
    answer.onComplete(done ->
        inbox.add(() -> {
          if (!turn.waitsFor(call)) return; // given up, or the run's thread has left
          turn.answered();
          unitsDone++;
          if (done.succeeded()) then.accept(done.result());
          else failed(turn, error(done.cause()));
        }));
  }

  void done(VolumeTurn turn) {
    host.standings().done(turn.volume(), turn.stay(), turn.deferred());
    through(turn, State.DONE);
  }

  void failed(VolumeTurn turn, GatewayError why) {
    if (why instanceof GatewayError.NotFound && turn.attempts() > 0) { // the volume has gone
      through(turn, State.DONE);
      return;
    }
    turn.failed(why);
    var wait =
        host.backoff()
            .after(host.standings().of(turn.volume()).errors() + 1, why, limits.backoff());
    long retryAt = now() + wait.toNanos();
    host.standings().failed(turn.volume(), retryAt);
    boolean again =
        !VolumeTurn.isForGood(why)
            && turn.attempts() < limits.attempts()
            && wait.compareTo(WAIT_MAX) <= 0;
    host.observer().volumeFailed(turn.volume(), why, turn.attempts(), again);
    if (!again) {
      through(turn, State.FAILED);
      return;
    }
    underWay.remove(turn);
    queue.add(new Waiting(host.standings().of(turn.volume()).errors(), retryAt, turn.volume()));
  }

  /** Planning takes time, in which nobody is late whose answer has come. */
  private void giveUpLate() {
    for (VolumeTurn turn : List.copyOf(underWay)) {
      var late = turn.call().filter(call -> call.deadlineNanos() - now() <= 0);
      if (late.isEmpty() || late.get().answer().isComplete()) continue;
      turn.answered();
      unitsDone++;
      host.standings().hangs(turn.volume(), late.get().answer());
      turn.failed(hangs());
      host.standings().failed(turn.volume(), now());
      host.observer().volumeFailed(turn.volume(), hangs(), turn.attempts(), false);
      through(turn, State.HANGS);
    }
  }

  private GatewayError hangs() {
    return new GatewayError.Unavailable(
        Scope.RESOURCE,
        limits.call(),
        "its store has not answered for more than %d ms; the volume is left alone until it does"
            .formatted(limits.call().toMillis()));
  }

  private void through(VolumeTurn turn, State state) {
    underWay.remove(turn);
    turns.remove(turn.volume());
    unitsDone++;
    var report = report(turn, state);
    if (report.tells()) reports.add(report);
  }

  private VolumeReport report(VolumeTurn turn, State state) {
    var standing = host.standings().of(turn.volume());
    long wait = standing.notBeforeNanos() - now();
    boolean waits = standing.errors() > 0 && wait > 0;
    return turn.report(
        state, waits ? Optional.of(host.clock().instant().plusNanos(wait)) : Optional.empty());
  }

  private long waitNanos() {
    long now = now();
    long wait = WAIT_MAX.toNanos();
    for (VolumeTurn turn : underWay)
      if (turn.call().isPresent()) wait = Math.min(wait, turn.call().get().deadlineNanos() - now);
    if (underWay.size() < limits.volumes() && queue.nextNanos().isPresent())
      wait = Math.min(wait, queue.nextNanos().getAsLong() - now);
    return Math.max(1, wait);
  }

  private long now() {
    return host.nanos().getAsLong();
  }

  /** What a failed future brings is a GatewayError, or a bug of whoever failed it. */
  static GatewayError error(Throwable thrown) {
    return thrown instanceof GatewayError error
        ? error
        : new GatewayError.Failed(Scope.RESOURCE, String.valueOf(thrown), thrown);
  }

  /** That stores did not answer, whose volumes nobody has looked at. */
  Optional<GatewayError> unseen() {
    if (unanswered.isEmpty()) return Optional.empty();
    String stores =
        unanswered.entrySet().stream()
            .map(one -> one.getKey() + ": " + one.getValue().what())
            .sorted()
            .collect(Collectors.joining("; "));
    return Optional.of(
        new GatewayError.Unavailable(
            Scope.MODULE, limits.call(), "stores that did not answer: " + stores));
  }

  int volumesTotal() {
    return volumesTotal;
  }

  boolean isStopped() {
    return stopped;
  }

  /**
   * What came of it, whether or not it came to its end. Answers that have come count; a call that
   * is still under way keeps its volume from being asked again until it is back.
   */
  List<VolumeReport> reports() {
    stop();
    for (var answer = inbox.poll(); answer != null; answer = inbox.poll()) answer.run();
    for (VolumeTurn turn : List.copyOf(turns.values())) {
      turn.call().ifPresent(call -> host.standings().hangs(turn.volume(), call.answer()));
      turn.answered();
      through(turn, State.CANCELLED);
    }
    return List.copyOf(reports);
  }
}
