package dev.penstock.replication.job;

import dev.penstock.replication.plan.ErrorClass;
import dev.penstock.spi.metrics.Metrics;
import dev.penstock.spi.volume.SnapshotInfo;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What one job is measured by.
 *
 * <p><b>Threads.</b> Any.
 */
final class JobMeters {
  /** Prometheus has a label "job" of its own, and would rename this one. */
  private static final String LABEL = "job_name";

  /** Each is a line of every scrape; what is beyond shows in the lag of the job. */
  private static final int VOLUMES_SHOWN_MAX = 1000;

  private final Metrics metrics;
  private final InstantSource clock;
  private final String job;
  private final Metrics.Counter bytes;
  private final Metrics.Counter steps;
  private final Metrics.Timer runs;
  private final Map<String, Lag> lags = new ConcurrentHashMap<>();
  private volatile Optional<Instant> lastSuccess;

  /**
   * How far a copy is behind.
   *
   * @param newest the sender's newest snapshot
   * @param behind how many the receiver lacks
   */
  record Lag(Optional<Instant> newest, Optional<Instant> copied, int behind) {}

  /**
   * @param lastSuccess of an earlier process
   */
  JobMeters(Metrics metrics, InstantSource clock, String job, Optional<Instant> lastSuccess) {
    this.lastSuccess = lastSuccess;
    this.metrics = metrics;
    this.clock = clock;
    this.job = job;
    this.bytes =
        metrics.counter("replication_sent_bytes", "Bytes of block streams sent", LABEL, job);
    this.steps = metrics.counter("replication_steps", "Snapshots sent and confirmed", LABEL, job);
    for (ErrorClass what : ErrorClass.values())
      errors(what).add(0); // a first error is no increase of a number that was not there
    this.runs = metrics.timer("replication_run", "How long runs take", LABEL, job);
    metrics.gauge(
        "replication_lag_seconds",
        "How much older than the sender's newest snapshot the newest copy is, of the volume that is"
            + " farthest behind",
        this::worstLagSeconds,
        LABEL,
        job);
    metrics.gauge(
        "replication_last_success_timestamp_seconds",
        "When a run last succeeded, in seconds since 1970; 0 if nobody remembers one",
        () -> this.lastSuccess.map(at -> at.toEpochMilli() / 1000.0).orElse(0.0),
        LABEL,
        job);
  }

  void sent(long sentBytes) {
    bytes.add(sentBytes);
  }

  void stepDone(String volume) {
    steps.add(1);
    lags.computeIfPresent(
        volume, (_, lag) -> new Lag(lag.newest(), lag.copied(), Math.max(0, lag.behind() - 1)));
  }

  void failed(ErrorClass what) {
    errors(what).add(1);
  }

  private Metrics.Counter errors(ErrorClass what) {
    return metrics.counter(
        "replication_errors",
        "Errors of runs and volumes, by what was made of them",
        LABEL,
        job,
        "class",
        what.name().toLowerCase(Locale.ROOT));
  }

  void planned(String volume, Planning.Both both) {
    List<SnapshotInfo> all = both.sender().snapshots();
    Optional<SnapshotInfo> common = both.common();
    int behind = common.map(one -> all.size() - 1 - all.indexOf(one)).orElse(all.size());
    var lag =
        new Lag(
            all.isEmpty() ? Optional.empty() : Optional.of(all.getLast().createdAt()),
            common.map(SnapshotInfo::createdAt),
            behind);
    if (lags.put(volume, lag) == null && lags.size() <= VOLUMES_SHOWN_MAX) show(volume);
  }

  private void show(String volume) {
    metrics.gauge(
        "replication_volume_lag_seconds",
        "How much older than the sender's newest snapshot the newest copy is",
        () -> Optional.ofNullable(lags.get(volume)).map(this::lagSeconds).orElse(0.0),
        LABEL,
        job,
        "volume",
        volume);
  }

  Map<String, Lag> lags() {
    return Map.copyOf(lags);
  }

  void ended(boolean succeeded, long nanos) {
    runs.record(nanos);
    if (!succeeded) return;
    lastSuccess = Optional.of(clock.instant());
    lags.replaceAll((_, lag) -> new Lag(lag.newest(), lag.newest(), 0));
  }

  Optional<Instant> lastSuccess() {
    return lastSuccess;
  }

  private double worstLagSeconds() {
    return lags.values().stream().mapToDouble(this::lagSeconds).max().orElse(0);
  }

  /** From the copy's newest to the sender's; a volume without a copy lags since it was taken. */
  double lagSeconds(Lag lag) {
    if (lag.newest().isEmpty() || lag.behind() == 0) return 0;
    Instant newest = lag.newest().get();
    return lag.copied()
        .map(at -> Duration.between(at, newest).toMillis() / 1000.0)
        .orElseGet(() -> Duration.between(newest, clock.instant()).toMillis() / 1000.0);
  }
}
