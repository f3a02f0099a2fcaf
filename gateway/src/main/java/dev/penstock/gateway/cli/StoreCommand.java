package dev.penstock.gateway.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.penstock.gateway.ExitCode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Stores. */
@Command(
    name = "store",
    description = "Stores: where volumes are kept.",
    synopsisSubcommandLabel = "COMMAND")
final class StoreCommand extends Group {
  @Command(
      name = "repair",
      description = {
        "Says what is in a store and belongs to no volume that it knows. It stays: nobody can"
            + " explain it.",
        "With --layer and --apply, moves one layer aside, so that it can be brought back."
      })
  void repair(
      @Parameters(paramLabel = "STORE") String store,
      @Option(
              names = "--layer",
              paramLabel = "LAYER",
              defaultValue = "",
              description = "What to move aside.")
          String layer,
      @Option(names = "--apply", description = "Do it.") boolean apply) {
    if (apply && layer.isEmpty())
      throw new Failure(ExitCode.USAGE, "--apply wants --layer: nothing is done to the others");
    var body = body().put("apply", apply);
    if (!layer.isEmpty()) body.put("layer", layer);
    JsonNode answer = client().send("POST", path("stores", store) + "/repair", body);
    findings(answer);
    if (!penstock().json() && !apply)
      say("%s: nothing was changed; findings: %d".formatted(store, answer.path("findings").size()));
  }
}
