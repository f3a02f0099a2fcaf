package dev.penstock.replication.report;

import dev.penstock.replication.report.RunReport.Outcome;
import dev.penstock.replication.report.RunReport.WaitForPeer;
import dev.penstock.replication.report.VolumeReport.WaitsFor;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.UnaryOperator;

/**
 * Writes a run's report while it goes on.
 *
 * <p><b>Lifecycle.</b> {@link #attempt} before anything of an attempt; {@link #finish} once it is
 * known how the run ended. {@link #close} ends a run that nobody has finished, as failed: a report
 * has its end however the run was left. What comes after the end changes nothing. <b>Threads.</b>
 * Any.
 */
public final class RunLog implements AutoCloseable {
  private final UUID guid = UUID.randomUUID();
  private final String job;
  private final String trigger;
  private final InstantSource clock;
  private final Instant startedAt;
  private final List<AttemptReport> earlier = new ArrayList<>();
  private final Map<String, VolumeReport> volumes = new LinkedHashMap<>();
  private Optional<Instant> attemptStartedAt = Optional.empty();
  private Optional<ErrorReport> planError = Optional.empty();
  private Optional<WaitForPeer> waiting = Optional.empty();
  private Outcome outcome = Outcome.RUNNING;
  private Optional<Instant> finishedAt = Optional.empty();

  public RunLog(String job, String trigger, InstantSource clock) {
    this.job = job;
    this.trigger = trigger;
    this.clock = clock;
    this.startedAt = clock.instant();
  }

  /** Another attempt begins; the one before it has ended. */
  public synchronized void attempt() {
    if (isFinished()) return;
    endAttempt();
    attemptStartedAt = Optional.of(clock.instant());
  }

  /** Nothing could be planned in this attempt. */
  public synchronized void planFailed(Throwable error) {
    if (!isFinished()) planError = Optional.of(ErrorReport.of(error, clock.instant()));
  }

  /** What has become of a volume in this attempt. One that is new begins to be planned. */
  public synchronized void volume(String name, UnaryOperator<VolumeReport> change) {
    if (!isFinished())
      volumes.put(name, change.apply(volumes.getOrDefault(name, VolumeReport.of(name))));
  }

  public synchronized void waitsForPeer(Throwable error, Instant until) {
    Instant now = clock.instant();
    if (!isFinished())
      waiting = Optional.of(new WaitForPeer(now, until, ErrorReport.of(error, now)));
  }

  /** The peer has answered, or nobody waits for it any longer. */
  public synchronized void waitsNoMore() {
    waiting = Optional.empty();
  }

  /** The run is over. Only the first word counts. */
  public synchronized void finish(Outcome how) {
    if (isFinished()) return;
    endAttempt();
    waiting = Optional.empty();
    outcome = how;
    finishedAt = Optional.of(clock.instant());
  }

  @Override
  public synchronized void close() {
    finish(Outcome.FAILED);
  }

  private boolean isFinished() {
    return finishedAt.isPresent();
  }

  private void endAttempt() {
    volumes.replaceAll((_, volume) -> volume.waitingFor(WaitsFor.NOTHING));
    attemptStartedAt.ifPresent(at -> earlier.add(current(at, Optional.of(clock.instant()))));
    attemptStartedAt = Optional.empty();
    planError = Optional.empty();
    volumes.clear();
  }

  private AttemptReport current(Instant at, Optional<Instant> endedAt) {
    return new AttemptReport(at, endedAt, planError, List.copyOf(volumes.values()));
  }

  /** As it is now. */
  public synchronized RunReport report() {
    List<AttemptReport> attempts = new ArrayList<>(earlier);
    attemptStartedAt.ifPresent(at -> attempts.add(current(at, Optional.empty())));
    return new RunReport(guid, job, trigger, outcome, startedAt, finishedAt, waiting, attempts);
  }
}
