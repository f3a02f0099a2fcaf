package dev.penstock.gateway.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.penstock.gateway.ExitCode;
import java.time.Instant;
import java.util.concurrent.TimeUnit;

/** Follows a run of a job until it ends, with a progress bar on a terminal. */
final class JobWatch {
  private final Group command;
  private final String job;
  private final String task;
  private final JobProgress progress;

  /** The run's report, once it was seen to be of this task. */
  private String run = "";

  private int lineCharacters;

  JobWatch(Group command, String job, String task) {
    this.command = command;
    this.job = job;
    this.task = task;
    this.progress = new JobProgress(Table.visible(job));
  }

  /** Says how it ended; fails if it did not succeed. */
  void follow() throws InterruptedException {
    var goesOn = new Thread(this::sayThatItGoesOn, "penstock-job-goes-on");
    Runtime.getRuntime().addShutdownHook(goesOn);
    JsonNode status;
    try {
      status = await();
    } finally {
      leaveAlone(goesOn);
    }
    tell(report());
    if (!status.path("state").asText().equals("succeeded"))
      throw new Failure(ExitCode.FAILED, status.path("outcome").asText());
  }

  /** For whoever presses Ctrl-C: it was a command's end, and not the run's. */
  private void sayThatItGoesOn() {
    command
        .terminal()
        .err()
        .println(
            "\npenstock: %s runs on; \"penstock job show %s\" says how far it is, \"penstock job cancel %s\" ends it"
                .formatted(job, job, job));
  }

  private static void leaveAlone(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException _) {
      // The process ends already: the hook says its line.
    }
  }

  private JsonNode await() throws InterruptedException {
    AdminClient client = command.client();
    boolean bar = command.terminal().interactive() && !command.penstock().json();
    JsonNode status = client.get(Group.path("tasks", task));
    while (!status.hasNonNull("ended_at")) {
      JsonNode now = client.get(Group.path("jobs", job));
      if (now.path("task").asText().equals(task)) {
        run = now.path("last_run").path("guid").asText();
        if (bar) draw(now.path("last_run"), client.get("/v1/tasks").path("tasks"));
      }
      TimeUnit.SECONDS.sleep(1);
      status = client.get(Group.path("tasks", task));
    }
    if (lineCharacters > 0) command.say("");
    return status;
  }

  private void draw(JsonNode report, JsonNode tasks) {
    String line = Table.visible(progress.line(report, tasks, Instant.now(), System.nanoTime()));
    String rest = " ".repeat(Math.max(0, lineCharacters - line.length()));
    lineCharacters = line.length();
    command.terminal().out().print("\r" + line + rest);
    command.terminal().out().flush();
  }

  /** The newest, if the run was too short to be seen. */
  private JsonNode report() {
    JsonNode runs = command.client().get(Group.path("jobs", job) + "/runs").path("runs");
    for (JsonNode one : runs) if (one.path("guid").asText().equals(run)) return one;
    return runs.path(0);
  }

  private void tell(JsonNode report) {
    if (command.penstock().json()) {
      command.json(report);
      return;
    }
    boolean succeeded = report.path("outcome").asText().equals("succeeded");
    if (!succeeded) new JobReport(command).volumes(report);
    command.say(
        Table.visible(
            "%s: %s; %s, %s sent%s"
                .formatted(
                    job,
                    report.path("outcome").asText(),
                    JobReport.volumesOf(report),
                    Sizes.bytes(JobReport.bytesSent(report)),
                    JobReport.duration(report)
                        .map(took -> " in " + Sizes.duration(took))
                        .orElse(""))));
  }
}
