package dev.penstock.replication.job;

import dev.penstock.replication.config.JobSettings;
import dev.penstock.replication.config.SnapshotSettings;
import dev.penstock.replication.flow.Waiting;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.snapshot.Snapshots;
import dev.penstock.spi.snapshot.Snapshots.Histories;
import dev.penstock.spi.snapshot.VolumeHistory;
import dev.penstock.spi.volume.SnapshotName;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Takes the snapshots with which a run of a job begins. */
final class Snapshotting {
  /** What hooks may take, beyond how long writes wait. */
  private static final Duration HOOKS_LIMIT = Duration.ofMinutes(5);

  private final Snapshots snapshots;
  private final JobSettings job;
  private final SnapshotSettings settings;
  private final InstantSource clock;

  Snapshotting(
      Snapshots snapshots, JobSettings job, SnapshotSettings settings, InstantSource clock) {
    this.snapshots = snapshots;
    this.job = job;
    this.settings = settings;
    this.clock = clock;
  }

  /** Why a volume has none now, by volume; empty if all have. */
  Map<String, GatewayError> take() throws InterruptedException {
    Histories all =
        Waiting.on(
            snapshots.histories(),
            job.limits().planning(),
            Scope.RESOURCE,
            "the list of volumes here");
    List<VolumeHistory> meant = all.volumes().stream().filter(one -> takes(job, one)).toList();
    Map<String, GatewayError> failed = settings.together() ? together(meant) : oneByOne(meant);
    all.unanswered().forEach((store, why) -> failed.put("store " + store, why));
    return failed;
  }

  /** Whether of this one. A replica is what its sender makes it: a snapshot would part the two. */
  static boolean takes(JobSettings job, VolumeHistory history) {
    return history.volume().filter(info -> !info.replica()).isPresent()
        && job.means(history.name());
  }

  private Map<String, GatewayError> together(List<VolumeHistory> meant)
      throws InterruptedException {
    Map<String, GatewayError> failed = new TreeMap<>();
    if (meant.isEmpty()) return failed;
    Instant now = clock.instant();
    List<SnapshotName> names = new ArrayList<>();
    for (VolumeHistory history : meant) names.add(name(history, now));
    try {
      take(names);
    } catch (GatewayError why) {
      for (VolumeHistory history : meant) failed.put(history.name(), why);
    }
    return failed;
  }

  private Map<String, GatewayError> oneByOne(List<VolumeHistory> meant)
      throws InterruptedException {
    Map<String, GatewayError> failed = new TreeMap<>();
    for (VolumeHistory history : meant)
      try {
        take(List.of(name(history, clock.instant())));
      } catch (GatewayError why) {
        failed.put(history.name(), why);
      }
    return failed;
  }

  private SnapshotName name(VolumeHistory history, Instant now) {
    return new SnapshotName(
        history.name(),
        settings
            .names()
            .at(
                now,
                name -> history.snapshots().stream().anyMatch(one -> one.name().equals(name))));
  }

  private void take(List<SnapshotName> names) throws InterruptedException {
    Waiting.on(
        snapshots.take(names, settings.limit()),
        settings.limit().plus(HOOKS_LIMIT),
        Scope.RESOURCE,
        "a snapshot of " + names.getFirst().volume());
  }
}
