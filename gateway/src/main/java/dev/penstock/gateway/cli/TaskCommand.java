package dev.penstock.gateway.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Tasks. */
@Command(
    name = "task",
    description = "Tasks: long work under way, and how it ended.",
    synopsisSubcommandLabel = "COMMAND")
final class TaskCommand extends Group {
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
    new TaskWatch(this).follow(task);
  }
}
