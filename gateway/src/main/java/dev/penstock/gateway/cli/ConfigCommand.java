package dev.penstock.gateway.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.penstock.gateway.ExitCode;
import picocli.CommandLine.Command;

/** Configuration of a running gateway. */
@Command(
    name = "config",
    description = "The configuration that a gateway runs on.",
    synopsisSubcommandLabel = "COMMAND")
final class ConfigCommand extends Group {
  @Command(name = "show", description = "Shows the settings that are in force.")
  void show() {
    json(client().get("/v1/config"));
  }

  @Command(
      name = "check",
      description = "Checks the file that the gateway was started with, as it is now.")
  void check() {
    JsonNode answer = client().send("POST", "/v1/config/check");
    JsonNode problems = answer.path("problems");
    if (penstock().json()) json(answer);
    else if (problems.isEmpty()) say("nothing is wrong with it");
    else for (JsonNode problem : problems) say(Table.visible(line(problem)));
    if (!penstock().json())
      for (JsonNode warning : answer.path("warnings"))
        say("warning: " + Table.visible(line(warning)));
    if (!problems.isEmpty())
      throw new Failure(ExitCode.CONFIGURATION, problems.size() + " to mend");
  }

  @Command(name = "reload", description = "Reads the file again and applies what can be applied.")
  void reload() {
    JsonNode answer = reloaded();
    if (penstock().json()) json(answer);
    else {
      for (JsonNode one : answer.path("applied")) say("applied: " + Table.visible(one.asText()));
      for (JsonNode one : answer.path("needs_restart"))
        say("waits for a restart of the gateway: " + Table.visible(one.asText()));
      if (answer.path("applied").isEmpty() && answer.path("needs_restart").isEmpty())
        say("nothing changed");
    }
  }

  /** Nothing but the file can be invalid here, so a refusal is one of the configuration. */
  private JsonNode reloaded() {
    try {
      return client().send("POST", "/v1/config/reload");
    } catch (Failure refused) {
      if (refused.exit() != ExitCode.USAGE) throw refused;
      throw new Failure(ExitCode.CONFIGURATION, refused.text());
    }
  }

  private static String line(JsonNode problem) {
    return "%s:%d: %s"
        .formatted(
            problem.path("file").asText(),
            problem.path("line").asInt(),
            problem.path("what").asText());
  }
}
