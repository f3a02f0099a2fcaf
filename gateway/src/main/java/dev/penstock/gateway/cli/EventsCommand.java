package dev.penstock.gateway.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.penstock.gateway.ExitCode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.StringJoiner;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** What happens, as it happens. */
@Command(
    name = "events",
    description = "Shows what happens in the gateway as it happens; ends with Ctrl-C.")
final class EventsCommand extends Group {
  @Option(names = "--all", description = "Begin with the events that the gateway remembers.")
  private boolean all;

  @Option(
      names = "--count",
      paramLabel = "N",
      defaultValue = "0",
      description = "End after so many events.")
  private int count;

  @Override
  public void run() {
    Map<String, String> from = all ? Map.of("Last-Event-ID", "the-beginning") : Map.of();
    client().stream("/v1/events", from, this::read);
  }

  private void read(InputStream body) throws IOException {
    var lines = new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8));
    int seen = 0;
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      if (!line.startsWith("data: ")) continue;
      JsonNode event = AdminClient.JSON.readTree(line.substring("data: ".length()));
      if (all && seen == 0 && isGap(event)) continue; // asked for: the beginning is nobody's id
      say(penstock().json() ? event.toString() : sentence(event));
      if (++seen == count) return;
    }
    throw new Failure(ExitCode.UNREACHABLE, "the gateway stopped");
  }

  private static boolean isGap(JsonNode event) {
    return event.path("type").asText().equals("gap");
  }

  private static String sentence(JsonNode event) {
    var details = new StringJoiner(" ");
    for (var field : event.properties()) {
      String name = field.getKey();
      if (name.equals("at") || name.equals("type") || name.equals("subject")) continue;
      details.add(
          name
              + "="
              + (field.getValue().isTextual() ? field.getValue().asText() : field.getValue()));
    }
    return Table.visible(
        "%s  %s  %s  %s"
            .formatted(
                event.path("at").asText("-"),
                event.path("type").asText(),
                event.path("subject").asText("-"),
                details)
            .stripTrailing());
  }
}
