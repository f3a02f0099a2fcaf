package dev.penstock.gateway.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.penstock.gateway.ExitCode;
import java.util.concurrent.TimeUnit;

/** Follows a task until it ends, with a progress bar on a terminal. */
final class TaskWatch {
  private static final int BAR_CHARACTERS = 30;

  private final Group command;

  TaskWatch(Group command) {
    this.command = command;
  }

  /** Says how it ended; fails if it did not succeed. */
  void follow(String task) throws InterruptedException {
    JsonNode status = await(task);
    String state = status.path("state").asText();
    String outcome = status.path("outcome").asText();
    command.done(
        status,
        status.path("name").asText() + ": " + state + (outcome.isEmpty() ? "" : ", " + outcome));
    if (!state.equals("succeeded")) throw new Failure(ExitCode.FAILED, "the task did not succeed");
  }

  /** How it is once it has ended. */
  JsonNode await(String task) throws InterruptedException {
    AdminClient client = command.client();
    boolean bar = command.terminal().interactive() && !command.penstock().json();
    JsonNode status = client.get(Group.path("tasks", task));
    while (!status.hasNonNull("ended_at")) {
      if (bar) {
        command.terminal().out().print("\r" + bar(status));
        command.terminal().out().flush();
      }
      TimeUnit.SECONDS.sleep(1);
      status = client.get(Group.path("tasks", task));
    }
    if (bar) command.say("");
    return status;
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
