package dev.penstock.gateway.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.penstock.gateway.ExitCode;
import java.time.Duration;
import picocli.CommandLine.Command;

/** The first thing that somebody types. */
@Command(
    name = "status",
    description = {
      "Shows what a gateway runs, and whether all of it is well.",
      "Ends with 1 if something is not."
    })
final class StatusCommand extends Group {
  @Override
  public void run() {
    AdminClient client = client();
    JsonNode gateway = client.get("/v1/gateway");
    JsonNode modules = client.get("/v1/modules");
    JsonNode volumes = client.get("/v1/volumes");
    if (penstock().json()) {
      var all = body();
      all.set("gateway", gateway);
      all.set("modules", modules.path("modules"));
      all.set("volumes", volumes.path("volumes"));
      json(all);
    } else tell(gateway, modules.path("modules"), volumes.path("volumes"));
    if (!gateway.path("ready").asBoolean())
      throw new Failure(ExitCode.FAILED, "not all is well: " + reasons(gateway));
  }

  private void tell(JsonNode gateway, JsonNode modules, JsonNode volumes) {
    say(
        "%s, penstock %s, up %s"
            .formatted(
                Table.visible(gateway.path("name").asText()),
                gateway.path("version").asText(),
                Sizes.duration(Duration.ofSeconds(gateway.path("uptime_seconds").asLong()))));
    say("listens on " + Table.cell(Table.list("", "listeners"), gateway));
    section(modules, "no modules", ModuleCommand.table());
    section(volumes, "no volumes", VolumeCommand.table());
  }

  private void section(JsonNode items, String none, Table table) {
    say("");
    if (items.isEmpty()) say(none);
    else table.add(items).print(terminal().out());
  }

  private static String reasons(JsonNode gateway) {
    var reasons = new StringBuilder();
    for (JsonNode check : gateway.path("checks"))
      if (!check.path("ok").asBoolean())
        reasons
            .append(reasons.isEmpty() ? "" : "; ")
            .append(check.path("name").asText())
            .append(": ")
            .append(check.path("detail").asText());
    return reasons.isEmpty() ? "the gateway is not ready" : reasons.toString();
  }
}
