package dev.penstock.gateway.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.penstock.gateway.ExitCode;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Tasks. */
@Command(
    name = "task",
    description = "Tasks: long work under way, and how it ended.",
    synopsisSubcommandLabel = "COMMAND")
final class TaskCommand extends Group {
  private static final int BAR_CHARACTERS = 30;

  @Command(name = "list", description = "Lists the tasks that run, and the last that ended.")
  void list() {
    list(
        "/v1/tasks",
        "tasks",
        new Table(
            Table.text("TASK", "guid"),
            Table.text("NAME", "name"),
            Table.text("OWNER", "owner"),
            Table.text("STATE", "state"),
            Table.count("DONE", "units_done"),
            Table.count("OF", "units_total"),
            Table.text("OUTCOME", "outcome")));
  }

  @Command(name = "cancel", description = "Asks a task to leave off.")
  void cancel(
      @Parameters(paramLabel = "TASK") String task,
      @Option(
              names = {"-y", "--yes"},
              description = "Do not ask.")
          boolean yes) {
    confirm(yes, "Cancel task " + task + "?");
    done(client().send("DELETE", path("tasks", task)), "asked task " + task + " to leave off");
  }

  @Command(
      name = "watch",
      description = {
        "Follows a task until it ends.",
        "Ends with 0 if the task succeeded, with 1 if it did not."
      })
  void watch(@Parameters(paramLabel = "TASK") String task) throws InterruptedException {
    AdminClient client = client();
    JsonNode status = client.get(path("tasks", task));
    while (!status.hasNonNull("ended_at")) {
      if (terminal().interactive() && !penstock().json()) {
        terminal().out().print("\r" + bar(status));
        terminal().out().flush();
      }
      TimeUnit.SECONDS.sleep(1);
      status = client.get(path("tasks", task));
    }
    if (terminal().interactive() && !penstock().json()) say("");
    String state = status.path("state").asText();
    String outcome = status.path("outcome").asText();
    done(
        status,
        status.path("name").asText() + ": " + state + (outcome.isEmpty() ? "" : ", " + outcome));
    if (!state.equals("succeeded")) throw new Failure(ExitCode.FAILED, "the task did not succeed");
  }

  private static String bar(JsonNode status) {
    long done = status.path("units_done").asLong();
    long total = status.path("units_total").asLong();
    if (total <= 0) return "%s: %d done".formatted(status.path("name").asText(), done);
    int filled = (int) Math.min(BAR_CHARACTERS, done * (double) BAR_CHARACTERS / total);
    return "%s: [%s%s] %3d %%"
        .formatted(
            Table.visible(status.path("name").asText()),
            "#".repeat(filled),
            " ".repeat(BAR_CHARACTERS - filled),
            Math.min(100, (long) (done * 100.0 / total)));
  }
}
