package dev.penstock.gateway.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * How far a run is, in a line: each look at it gives another. A volume is as far as its steps are,
 * and the step under way as far as its offset in the volume: what is sent of it nobody knows
 * beforehand.
 */
final class JobProgress {
  private static final int BAR_CHARACTERS = 20;

  /** Of the rate: long enough for a number that does not jump, short enough for a true one. */
  private static final Duration WINDOW = Duration.ofSeconds(10);

  /** Before that a guess at the time left is worth nothing. */
  private static final Duration GUESS_AFTER = Duration.ofSeconds(3);

  private final String job;
  private final Deque<Look> window = new ArrayDeque<>();
  private Optional<Look> first = Optional.empty();

  private record Look(long atNanos, long bytes, double fraction) {
    double secondsSince(Look earlier) {
      return (atNanos - earlier.atNanos) / 1e9;
    }
  }

  JobProgress(String job) {
    this.job = job;
  }

  /**
   * How it is now.
   *
   * @param run its report
   * @param tasks all of the gateway
   */
  String line(JsonNode run, JsonNode tasks, Instant now, long nowNanos) {
    JsonNode attempt = JobReport.lastAttempt(run);
    Map<String, Double> underWay = underWay(tasks);
    if (underWay.isEmpty() && peerIsAway(run, now))
      return job + ": the peer is away; waits for it until " + until(run);
    long total = attempt.path("volumes_total").asLong();
    if (total == 0) return job + ": plans";
    var look = new Look(nowNanos, JobReport.bytesSent(run), fraction(attempt, underWay));
    remember(look);
    int filled = (int) (BAR_CHARACTERS * look.fraction());
    return "%s: [%s%s] %3d %%  %s, %s sent, %s/s%s"
        .formatted(
            job,
            "#".repeat(filled),
            " ".repeat(BAR_CHARACTERS - filled),
            (long) (100 * look.fraction()),
            JobReport.volumesOf(run),
            Sizes.bytes(look.bytes()),
            Sizes.bytes(bytesPerSecond(look)),
            left(look).map(time -> ", " + Sizes.duration(time) + " left").orElse(""));
  }

  /** By volume, how far its step is: its task is called {@code JOB: VOLUME@SNAPSHOT}. */
  private Map<String, Double> underWay(JsonNode tasks) {
    Map<String, Double> underWay = new HashMap<>();
    for (JsonNode task : tasks) {
      String name = task.path("name").asText();
      if (task.hasNonNull("ended_at") || !name.startsWith(job + ": ")) continue;
      String volume = name.substring(job.length() + 2).replaceFirst("@.*", "");
      double total = task.path("units_total").asDouble();
      double done = task.path("units_done").asDouble();
      underWay.put(volume, total > 0 ? Math.min(1, done / total) : 0);
    }
    return underWay;
  }

  private static double fraction(JsonNode attempt, Map<String, Double> underWay) {
    double volumes = 0;
    for (JsonNode volume : attempt.path("volumes")) {
      double steps = volume.path("steps_total").asDouble();
      double current = underWay.getOrDefault(volume.path("name").asText(), 0.0);
      if (volume.path("state").asText().equals("done")) volumes += 1;
      else if (steps > 0)
        volumes += Math.min(1, (volume.path("steps_done").asDouble() + current) / steps);
    }
    return Math.min(1, volumes / attempt.path("volumes_total").asDouble());
  }

  /** Nothing is under way, and the time that it is waited for is not over. */
  private static boolean peerIsAway(JsonNode run, Instant now) {
    try {
      return run.has("waiting_for_peer") && Instant.parse(until(run)).isAfter(now);
    } catch (DateTimeException _) {
      return false;
    }
  }

  private static String until(JsonNode run) {
    return run.path("waiting_for_peer").path("until").asText();
  }

  private void remember(Look look) {
    if (first.isEmpty()) first = Optional.of(look);
    while (window.size() > 1 && look.secondsSince(window.getFirst()) > WINDOW.toSeconds())
      window.removeFirst();
    window.addLast(look);
  }

  /** A volume that is planned anew counts from nothing: that is no negative rate. */
  private long bytesPerSecond(Look now) {
    double seconds = now.secondsSince(window.getFirst());
    return seconds <= 0
        ? 0
        : (long) (Math.max(0, now.bytes() - window.getFirst().bytes()) / seconds);
  }

  private Optional<Duration> left(Look now) {
    Look began = first.orElse(now);
    double seconds = now.secondsSince(began);
    double got = now.fraction() - began.fraction();
    if (seconds < GUESS_AFTER.toSeconds() || got <= 0) return Optional.empty();
    return Optional.of(Duration.ofSeconds((long) ((1 - now.fraction()) / got * seconds)));
  }
}
