package dev.penstock.gateway.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.gateway.ExitCode;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Pruning. The pruner module answers these. */
@Command(
    name = "prune",
    description = "Pruning: which snapshots are kept, and which are destroyed.",
    synopsisSubcommandLabel = "COMMAND")
final class PruneCommand extends Group {
  private static final String RUNS = "/v1/prune/runs";

  @Command(name = "policies", description = "Lists what is kept of which volumes.")
  void policies() {
    list(
        "/v1/prune/policies",
        "policies",
        new Table(
            Table.text("POLICY", "name"),
            Table.text("VOLUMES", "volumes"),
            Table.text("EVERY (S)", "every_seconds"),
            Table.count("AT LEAST", "at_least"),
            Table.bytes("LOW SPACE", "low_space_bytes"),
            Table.list("KEEP", "keep")));
  }

  @Command(
      name = "plan",
      description = {
        "Shows what a run would destroy now, and why. Changes nothing.",
        "Of a volume each snapshot; without one a line for each volume."
      })
  void plan(
      @Parameters(
              paramLabel = "VOLUME",
              arity = "0..1",
              defaultValue = "",
              description = "Whose snapshots; a line for each volume if not given.")
          String volume) {
    if (volume.isEmpty())
      list(
          "/v1/prune/plan",
          "volumes",
          new Table(
              Table.text("VOLUME", "volume"),
              Table.list("POLICIES", "policies"),
              Table.count("SNAPSHOTS", "snapshots"),
              Table.count("STAY", "stay"),
              Table.count("GO", "go"),
              Table.text("NO RULE FOR", "unmatched"),
              Table.text("ERROR", "error")));
    else
      list(
          "/v1/prune/plan?volume=" + AdminClient.segment(volume),
          "snapshots",
          new Table(
              Table.text("SNAPSHOT", "name"),
              Table.text("CREATED", "created_at"),
              Table.text("FATE", "fate"),
              Table.text("WHY", "why")));
  }

  @Command(
      name = "run",
      description = {
        "Destroys what no rule keeps; waits for runs under way first.",
        "Fails if a volume could not be pruned. What somebody needs is deferred, and no failure."
      })
  void run(
      @Parameters(
              paramLabel = "POLICY",
              arity = "0..*",
              description = "Whose volumes; those of all policies if none is given.")
          List<String> policies,
      @Option(
              names = "--volume",
              paramLabel = "VOLUME",
              description = "This volume; can be given several times.")
          List<String> volumes,
      @Option(names = "--no-wait", description = "Do not wait for its end.") boolean noWait)
      throws InterruptedException {
    var body = body();
    put(body, "policies", policies);
    put(body, "volumes", volumes);
    String task = client().send("POST", RUNS, body).path("task").asText();
    if (noWait) {
      done(client().get(path("tasks", task)), "task " + task);
      return;
    }
    JsonNode status = new TaskWatch(this).await(task);
    for (JsonNode run : client().get(RUNS).path("runs"))
      if (run.path("task").asText().equals(task)) tell(run);
    if (!status.path("state").asText().equals("succeeded"))
      throw new Failure(ExitCode.FAILED, status.path("outcome").asText());
  }

  private static void put(ObjectNode body, String key, @Nullable List<String> names) {
    Optional.ofNullable(names).ifPresent(all -> all.forEach(body.withArray(key)::add));
  }

  private void tell(JsonNode run) {
    if (penstock().json()) {
      json(run);
      return;
    }
    for (JsonNode volume : run.path("volumes")) {
      tellStayed(volume, "deferred", "is needed by");
      tellStayed(volume, "for_room", "made room, and was needed by");
      tellStayed(volume, "failed", "stays:");
    }
    say(
        "%s: %d destroyed, %d deferred; %d of %d volumes not pruned"
            .formatted(
                run.path("state").asText(),
                run.path("destroyed").asLong(),
                run.path("deferred").asLong(),
                run.path("volumes_not_done").asLong(),
                run.path("volumes_total").asLong()));
  }

  private void tellStayed(JsonNode volume, String list, String why) {
    for (JsonNode one : volume.path(list))
      say(
          Table.visible(
              "%s@%s %s %s"
                  .formatted(
                      volume.path("volume").asText(),
                      one.path("snapshot").asText(),
                      why,
                      one.path("why").asText())));
  }
}
