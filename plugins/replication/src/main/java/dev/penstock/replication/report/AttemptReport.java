package dev.penstock.replication.report;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * One try to bring all volumes of a job to where the sender is.
 *
 * @param planError why there was no plan for any volume
 */
public record AttemptReport(
    Instant startedAt,
    Optional<Instant> finishedAt,
    Optional<ErrorReport> planError,
    List<VolumeReport> volumes) {

  /** What needs looking at first. */
  private static final Comparator<VolumeReport> WORST_FIRST =
      Comparator.comparing(VolumeReport::isDone).thenComparing(VolumeReport::name);

  /** Where it is. */
  public enum State {
    PLANNING,
    PLANNING_ERROR,
    STEPPING,
    VOLUME_ERROR,
    DONE
  }

  public AttemptReport {
    volumes = List.copyOf(volumes);
  }

  public State state() {
    if (planError.isPresent()) return State.PLANNING_ERROR;
    if (finishedAt.isPresent())
      return volumes.stream().allMatch(VolumeReport::isDone) ? State.DONE : State.VOLUME_ERROR;
    return volumes.isEmpty() ? State.PLANNING : State.STEPPING;
  }

  JsonObject toJson(int volumesMax) {
    var some = new JsonArray();
    volumes.stream()
        .sorted(WORST_FIRST)
        .limit(volumesMax)
        .forEach(volume -> some.add(volume.toJson()));
    var json =
        new JsonObject()
            .put("state", VolumeReport.word(state()))
            .put("started_at", startedAt.toString());
    finishedAt.ifPresent(at -> json.put("finished_at", at.toString()));
    planError.ifPresent(error -> json.put("plan_error", error.toJson()));
    return json.put("volumes_total", volumes.size())
        .put("volumes_done", volumes.stream().filter(VolumeReport::isDone).count())
        .put("bytes_sent", volumes.stream().mapToLong(VolumeReport::bytesSent).sum())
        .put("volumes", some);
  }
}
