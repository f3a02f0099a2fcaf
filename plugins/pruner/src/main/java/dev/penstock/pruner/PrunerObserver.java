package dev.penstock.pruner;

import dev.penstock.pruner.run.Observer;
import dev.penstock.pruner.run.RunReport;
import dev.penstock.pruner.run.Standings;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Retry;
import dev.penstock.spi.bus.GatewayEvent.ModuleEvent;
import dev.penstock.spi.metrics.Metrics;
import dev.penstock.spi.metrics.Metrics.Counter;
import dev.penstock.spi.metrics.Metrics.Timer;
import dev.penstock.spi.module.ModuleContext;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Turns what runs do into metrics and events, and remembers when it last went well. Any thread. */
final class PrunerObserver implements Observer {
  static final String RUN_ENDED = "pruner.run-ended";
  static final String WENT_FOR_ROOM = "pruner.went-for-room";
  static final String UNMATCHED = "pruner.unmatched";
  static final String VOLUME_FAILED = "pruner.volume-failed";

  /** Of the module's state: the instant. */
  private static final String LAST_SUCCESS = "last-success";

  private final ModuleContext context;
  private final Counter destroyed;
  private final Counter deferred;
  private final Counter wentForRoom;
  private final Counter snapshotErrors;
  private final Counter volumeErrors;
  private final Counter runErrors;
  private final Timer runTime;
  private volatile Instant lastSuccess;

  PrunerObserver(ModuleContext context) {
    this.context = context;
    this.lastSuccess =
        Optional.ofNullable(context.state().all().get(LAST_SUCCESS))
            .map(Instant::parse)
            .orElse(Instant.EPOCH);
    Metrics metrics = context.metrics();
    destroyed = metrics.counter("pruner_snapshots_destroyed", "Snapshots destroyed");
    deferred =
        metrics.counter(
            "pruner_snapshots_deferred", "Snapshots that were to go and stayed, since needed");
    wentForRoom =
        metrics.counter(
            "pruner_snapshots_for_room",
            "Snapshots destroyed although needed, and parts of them, since their store had little"
                + " room");
    snapshotErrors = errors(metrics, "snapshot");
    volumeErrors = errors(metrics, "volume");
    runErrors = errors(metrics, "run");
    runTime = metrics.timer("pruner_run_time", "How long runs take");
    metrics.gauge(
        "pruner_last_success_seconds",
        "When a run last had no failure, in seconds since 1970; 0 if never",
        () -> lastSuccess.getEpochSecond());
  }

  private static Counter errors(Metrics metrics, String what) {
    return metrics.counter(
        "pruner_errors", "What failed: snapshots, attempts at volumes, runs", "what", what);
  }

  void show(Standings standings) {
    context
        .metrics()
        .gauge(
            "pruner_snapshots_kept",
            "Snapshots that stay, of all volumes that were looked at",
            standings::stay);
    context
        .metrics()
        .gauge("pruner_volumes_failing", "Volumes whose last attempt failed", standings::failing);
    context
        .metrics()
        .gauge(
            "pruner_volumes_deferred",
            "Volumes with snapshots that go once nobody needs them",
            () -> standings.deferred().size());
  }

  @Override
  public void destroyed(int snapshots) {
    destroyed.add(snapshots);
  }

  @Override
  public void deferred(int snapshots) {
    deferred.add(snapshots);
  }

  @Override
  public void wentForRoom(String volume, String snapshot, String by, long freeBytes) {
    wentForRoom.add(1);
    tell(
        WENT_FOR_ROOM,
        Map.of(
            "volume", volume,
            "snapshot", snapshot,
            "needed_by", by,
            "free_bytes", Long.toString(freeBytes)));
  }

  @Override
  public void snapshotsFailed(int snapshots) {
    snapshotErrors.add(snapshots);
  }

  @Override
  public void volumeFailed(String volume, GatewayError why, int attempt, boolean again) {
    volumeErrors.add(1);
    tell(
        VOLUME_FAILED,
        Map.of(
            "volume", volume,
            "detail", why.what(),
            "attempt", Integer.toString(attempt),
            "passes", Boolean.toString(why.retry() instanceof Retry.After),
            "again", Boolean.toString(again)));
  }

  @Override
  public void unmatched(String volume, Map<String, Integer> names) {
    tell(
        UNMATCHED,
        Map.of(
            "volume",
            volume,
            "names",
            new TreeMap<>(names)
                .entrySet().stream()
                    .map(one -> "%s (%d)".formatted(one.getKey(), one.getValue()))
                    .collect(Collectors.joining(", "))));
  }

  @Override
  public void ended(RunReport report, long tookNanos) {
    runTime.record(tookNanos);
    if (report.state() == RunReport.State.DONE) succeeded(report.finishedAt());
    else runErrors.add(1);
    if (report.state() == RunReport.State.DONE && report.volumes().isEmpty()) return;
    tell(
        RUN_ENDED,
        Map.of(
            "task", report.task().toString(),
            "state", report.state().name().toLowerCase(java.util.Locale.ROOT),
            "volumes", Integer.toString(report.volumesTotal()),
            "destroyed", Integer.toString(report.destroyed()),
            "deferred", Integer.toString(report.deferred()),
            "not_done", Integer.toString(report.notDone().size()),
            "detail", report.error().orElse("")));
  }

  private void succeeded(Instant at) {
    lastSuccess = at;
    context.state().put(LAST_SUCCESS, at.toString());
  }

  private void tell(String type, Map<String, String> details) {
    context
        .events()
        .publish(new ModuleEvent(context.clock().instant(), context.module(), type, details));
  }
}
