package dev.penstock.gateway.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A job and its runs, as somebody reads them who wants to know what is wrong. */
final class JobReport {
  private final Group command;

  JobReport(Group command) {
    this.command = command;
  }

  void tell(JsonNode job) {
    line("job", job.path("name").asText() + ": " + kind(job));
    line("runs", job.path("trigger").asText());
    line("state", state(job));
    line("bandwidth", rate(job.path("bandwidth").asLong()));
    if (job.path("skipped").asLong() > 0)
      line("skipped", job.path("skipped").asLong() + " times, since it still ran");
    JsonNode run = job.path("last_run");
    if (run.isMissingNode()) line("last run", "none");
    else run(run);
  }

  private static String kind(JsonNode job) {
    String kind = job.path("kind").asText();
    String peer = job.path("peer").asText();
    return switch (kind) {
      case "push" -> "sends to " + peer;
      case "pull" -> "fetches from " + peer;
      case "local" -> "sends into a store of this gateway";
      default -> "takes snapshots";
    };
  }

  private static String state(JsonNode job) {
    String state = job.path("state").asText();
    if (job.path("paused").asBoolean() && !state.equals("paused")) state += ", paused afterwards";
    return job.has("due") ? state + ", next at " + job.path("due").asText() : state;
  }

  private void run(JsonNode run) {
    line("run", run.path("guid").asText() + ", started by " + run.path("trigger").asText());
    line("outcome", outcome(run));
    JsonNode away = run.path("waiting_for_peer");
    if (!away.isMissingNode())
      line(
          "peer away",
          "since %s, waited for until %s: %s"
              .formatted(
                  away.path("since").asText(),
                  away.path("until").asText(),
                  away.path("error").path("error").asText()));
    volumes(run);
  }

  private static String outcome(JsonNode run) {
    return "%s; %s, %s sent%s"
        .formatted(
            run.path("outcome").asText(),
            volumesOf(run),
            Sizes.bytes(bytesSent(run)),
            duration(run).map(took -> " in " + Sizes.duration(took)).orElse(""));
  }

  /** Of the last attempt each volume, and why nothing could be planned. */
  void volumes(JsonNode run) {
    JsonNode attempt = lastAttempt(run);
    JsonNode planError = attempt.path("plan_error");
    if (!planError.isMissingNode()) line("not planned", planError.path("error").asText());
    if (attempt.path("volumes").isEmpty()) return;
    List<JsonNode> rows = new ArrayList<>();
    attempt.path("volumes").forEach(volume -> rows.add(volume(volume)));
    command.say("");
    new Table(
            Table.text("VOLUME", "name"),
            Table.text("STATE", "state"),
            Table.count("STEPS", "steps"),
            Table.bytes("SENT", "bytes_sent"),
            Table.text("WAITS FOR", "waits_for"),
            Table.count("ERRORS", "consecutive_errors"),
            Table.text("NEXT TRY", "not_before"),
            Table.text("ERROR", "error"))
        .add(rows)
        .print(command.terminal().out());
    long more = attempt.path("volumes_total").asLong() - rows.size();
    if (more > 0) command.say("and %d more".formatted(more));
  }

  private static ObjectNode volume(JsonNode volume) {
    ObjectNode row = Group.body();
    row.set("name", volume.path("name"));
    row.put("state", words(volume.path("state")));
    row.put(
        "steps", volume.path("steps_done").asLong() + " of " + volume.path("steps_total").asLong());
    row.set("bytes_sent", volume.path("bytes_sent"));
    row.put("waits_for", words(volume.path("waits_for")).replace("nothing", ""));
    row.set("consecutive_errors", volume.path("consecutive_errors"));
    row.put("not_before", volume.path("not_before").asText());
    row.put("error", volume.path("error").path("error").asText());
    return row;
  }

  private static String words(JsonNode word) {
    return word.asText().replace('_', ' ');
  }

  /** Of runs, a line each, out of what {@link #row} makes of them. */
  static Table runs() {
    return new Table(
        Table.text("RUN", "guid"),
        Table.text("STARTED BY", "trigger"),
        Table.text("STARTED", "started_at"),
        Table.text("TOOK", "took"),
        Table.text("OUTCOME", "outcome"),
        Table.count("VOLUMES", "volumes"),
        Table.bytes("SENT", "bytes_sent"));
  }

  static ObjectNode row(JsonNode run) {
    ObjectNode row = Group.body();
    for (String field : List.of("guid", "trigger", "started_at", "outcome"))
      row.set(field, run.path(field));
    row.put("took", duration(run).map(Sizes::duration).orElse(""));
    row.put("volumes", volumesOf(run));
    return row.put("bytes_sent", bytesSent(run));
  }

  static String volumesOf(JsonNode run) {
    JsonNode attempt = lastAttempt(run);
    return "%d of %d volumes"
        .formatted(attempt.path("volumes_done").asLong(), attempt.path("volumes_total").asLong());
  }

  static long bytesSent(JsonNode run) {
    long bytes = 0;
    for (JsonNode attempt : run.path("attempts")) bytes += attempt.path("bytes_sent").asLong();
    return bytes;
  }

  static JsonNode lastAttempt(JsonNode run) {
    return run.path("attempts").path(Math.max(0, run.path("attempts").size() - 1));
  }

  static Optional<Duration> duration(JsonNode run) {
    try {
      return Optional.of(
          Duration.between(
              Instant.parse(run.path("started_at").asText()),
              Instant.parse(run.path("finished_at").asText())));
    } catch (DateTimeException _) {
      return Optional.empty(); // it goes on
    }
  }

  static String rate(long bytesPerSecond) {
    return bytesPerSecond == 0 ? "no limit" : Sizes.bytes(bytesPerSecond) + "/s";
  }

  private void line(String what, String text) {
    command.say(Table.visible("%-11s  %s".formatted(what, text)));
  }
}
