package dev.penstock.gateway.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.gateway.ExitCode;
import dev.penstock.spi.config.Quantities;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Jobs. The replication module answers these. */
@Command(
    name = "job",
    description = "Jobs: take snapshots of volumes, and keep copies of them elsewhere.",
    synopsisSubcommandLabel = "COMMAND")
final class JobCommand extends Group {
  private static final String TOGETHER = "/v1/replication/bandwidth";
  private static final String RATE = "bytes_per_second";

  @Command(name = "list", description = "Lists the jobs.")
  void list() {
    list(
        "/v1/jobs",
        "jobs",
        new Table(
            Table.text("JOB", "name"),
            Table.text("KIND", "kind"),
            Table.text("PEER", "peer"),
            Table.text("TRIGGER", "trigger"),
            Table.text("STATE", "state"),
            Table.text("NEXT", "due"),
            Table.text("LAST RUN", "last_outcome"),
            Table.text("ENDED", "last_finished_at")));
  }

  @Command(
      name = "show",
      description = "Shows a job, and what has become of each volume in its run or its last one.")
  void show(@Parameters(paramLabel = "JOB") String job) {
    JsonNode answer = client().get(path("jobs", job));
    if (penstock().json()) json(answer);
    else new JobReport(this).tell(answer);
  }

  @Command(
      name = "run",
      description = {
        "Runs a job now, paused or not.",
        "With --wait ends with 0 if every volume is where it should be, with 1 if one is not."
            + " Ctrl-C then leaves the job running."
      })
  void run(
      @Parameters(paramLabel = "JOB") String job,
      @Option(names = "--wait", description = "Follow it until it ends.") boolean wait)
      throws InterruptedException {
    JsonNode begun = client().send("POST", path("jobs", job) + "/runs");
    String task = begun.path("task").asText();
    if (wait) new JobWatch(this, job, task).follow();
    else done(begun, "%s runs: penstock job show %s".formatted(job, job));
  }

  @Command(
      name = "plan",
      description = {
        "Shows what a run would do now with each volume, and why it would not.",
        "Asks the peer, and changes nothing. A run may take snapshots first."
      })
  void plan(@Parameters(paramLabel = "JOB") String job) {
    JsonNode answer = client().get(path("jobs", job) + "/plan");
    if (penstock().json()) json(answer);
    else if (answer.path("volumes").isEmpty()) say("there is nothing to be sent");
    else for (JsonNode volume : answer.path("volumes")) JobPlan.lines(volume).forEach(this::say);
  }

  @Command(
      name = "pause",
      description = "Lets only an operator start a job, across restarts; a run goes on to its end.")
  void pause(@Parameters(paramLabel = "JOB") String job) {
    done(
        client().send("POST", path("jobs", job) + "/pause"),
        "%s is paused; \"penstock job resume %s\" lets it run by itself again".formatted(job, job));
  }

  @Command(name = "resume", description = "Lets a job run by itself again.")
  void resume(@Parameters(paramLabel = "JOB") String job) {
    done(client().send("POST", path("jobs", job) + "/resume"), job + " is not paused");
  }

  @Command(
      name = "cancel",
      description = "Ends the run of a job. What has come of a snapshot is kept for the next run.")
  void cancel(@Parameters(paramLabel = "JOB") String job) {
    done(
        client().send("POST", path("jobs", job) + "/cancel"),
        "asked the run of %s to leave off".formatted(job));
  }

  @Command(name = "history", description = "Lists the last runs of a job, the newest first.")
  void history(@Parameters(paramLabel = "JOB") String job) {
    JsonNode answer = client().get(path("jobs", job) + "/runs");
    if (penstock().json()) {
      json(answer);
      return;
    }
    List<JsonNode> rows = new ArrayList<>();
    answer.path("runs").forEach(run -> rows.add(JobReport.row(run)));
    if (rows.isEmpty()) say("none");
    else JobReport.runs().add(rows).print(terminal().out());
  }

  @Command(
      name = "bandwidth",
      description = {
        "Shows how much a job may send a second; all jobs together if none is named.",
        "With --limit changes it, at once and until the module starts again."
      })
  void bandwidth(
      @Parameters(
              paramLabel = "JOB",
              arity = "0..1",
              defaultValue = "",
              description = "Which; all of them together if not given.")
          String job,
      @Option(
              names = "--limit",
              paramLabel = "SIZE",
              defaultValue = "",
              description = "As in 10MiB; 0 for no limit.")
          String limit) {
    JsonNode now = limit.isEmpty() ? bandwidth(job) : changed(job, limit);
    String whose = job.isEmpty() ? "all jobs together" : job;
    done(now, "%s: %s".formatted(whose, JobReport.rate(now.path(RATE).asLong())));
  }

  private JsonNode bandwidth(String job) {
    if (job.isEmpty()) return client().get(TOGETHER);
    return body().set(RATE, client().get(path("jobs", job)).path("bandwidth"));
  }

  private JsonNode changed(String job, String limit) {
    long bytes =
        Quantities.bytes(limit)
            .orElseThrow(() ->
                new Failure(
                    ExitCode.USAGE, "\"" + limit + "\" is no size; write bytes, or 512KiB, 10MiB"));
    ObjectNode body = body().put(RATE, bytes);
    return client().send("PUT", job.isEmpty() ? TOGETHER : path("jobs", job) + "/bandwidth", body);
  }
}
