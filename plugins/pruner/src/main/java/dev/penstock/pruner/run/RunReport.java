package dev.penstock.pruner.run;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * What came of a run.
 *
 * @param error why it has not looked at all volumes
 * @param volumesTotal how many it was about
 * @param volumes those of which there is something to tell
 */
public record RunReport(
    UUID task,
    Wanted wanted,
    Instant startedAt,
    Instant finishedAt,
    State state,
    Optional<String> error,
    int volumesTotal,
    List<VolumeReport> volumes) {

  /** How a run ended. */
  public enum State {
    /** Every volume is done. */
    DONE,
    /** At least one is not. */
    FAILED,
    /** Somebody ended it, or it stalled; the next one goes on. */
    CANCELLED
  }

  public RunReport {
    volumes = List.copyOf(volumes);
  }

  public int destroyed() {
    return volumes.stream().mapToInt(VolumeReport::destroyedCount).sum();
  }

  public int deferred() {
    return volumes.stream().mapToInt(VolumeReport::deferredCount).sum();
  }

  public int forRoom() {
    return volumes.stream().mapToInt(VolumeReport::forRoomCount).sum();
  }

  public List<VolumeReport> notDone() {
    return volumes.stream().filter(volume -> volume.state() != VolumeReport.State.DONE).toList();
  }
}
