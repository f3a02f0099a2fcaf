package dev.penstock.replication.report;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * A run of a job.
 *
 * @param trigger what started it, in words
 * @param finishedAt empty while it goes on, and never afterwards
 * @param waiting for its peer; empty as soon as that has answered, or the run is over
 */
public record RunReport(
    UUID guid,
    String job,
    String trigger,
    Outcome outcome,
    Instant startedAt,
    Optional<Instant> finishedAt,
    Optional<WaitForPeer> waiting,
    List<AttemptReport> attempts) {

  /** How it ended. */
  public enum Outcome {
    RUNNING,
    /** Every target is at the receiver. */
    SUCCEEDED,
    FAILED,
    /** Somebody wanted it to end. */
    CANCELLED,
    /** The gateway was stopped. */
    INTERRUPTED
  }

  /**
   * The peer was away.
   *
   * @param until when the run gives up; earlier if the peer has answered
   */
  public record WaitForPeer(Instant since, Instant until, ErrorReport error) {
    JsonObject toJson() {
      return new JsonObject()
          .put("since", since.toString())
          .put("until", until.toString())
          .put("error", error.toJson());
    }
  }

  public RunReport {
    attempts = List.copyOf(attempts);
  }

  /** All of it. */
  public JsonObject toJson() {
    return toJson(Integer.MAX_VALUE);
  }

  /**
   * @param volumesMax how many volumes of each attempt, those that are not done first
   */
  JsonObject toJson(int volumesMax) {
    var tries = new JsonArray();
    attempts.forEach(attempt -> tries.add(attempt.toJson(volumesMax)));
    var json =
        new JsonObject()
            .put("guid", guid.toString())
            .put("job", job)
            .put("trigger", trigger)
            .put("outcome", VolumeReport.word(outcome))
            .put("started_at", startedAt.toString());
    finishedAt.ifPresent(at -> json.put("finished_at", at.toString()));
    waiting.ifPresent(wait -> json.put("waiting_for_peer", wait.toJson()));
    return json.put("attempts", tries);
  }
}
