package dev.penstock.gateway.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;

/** What a run would do with a volume, in lines; each begins with the volume's name. */
final class JobPlan {
  /** How many of those that are left out are named: of a year there are thousands. */
  private static final int NAMES_MAX = 5;

  private JobPlan() {}

  static List<String> lines(JsonNode plan) {
    List<String> lines = new ArrayList<>();
    if (plan.path("takes_snapshot").asBoolean())
      lines.add("first, take a snapshot, which is sent at the end");
    if (plan.has("error")) lines.add("cannot be planned: " + plan.path("error").asText());
    else
      switch (plan.path("state").asText()) {
        case "up_to_date" -> lines.add("up to date: both have @" + plan.path("newest").asText());
        case "conflict" ->
            lines.add(
                "stays as it is (%s): %s"
                    .formatted(
                        plan.path("reason").asText().replace('_', ' '), plan.path("why").asText()));
        default -> steps(plan, lines);
      }
    String volume = plan.path("volume").asText();
    return lines.stream().map(line -> Table.visible(volume + ": " + line)).toList();
  }

  private static void steps(JsonNode plan, List<String> lines) {
    for (JsonNode before : plan.path("before")) lines.add("first, " + before.asText());
    for (JsonNode step : plan.path("steps")) lines.add(step(step));
    if (!plan.path("skipped").isEmpty()) lines.add(skipped(plan.path("skipped")));
    if (lines.isEmpty()) lines.add("there is nothing to be sent");
  }

  private static String step(JsonNode step) {
    String to = step.path("to").asText();
    String what =
        step.has("from")
            ? "send @%s, which follows @%s".formatted(to, step.path("from").asText())
            : "send all of @%s".formatted(to);
    return step.path("resumed").asBoolean() ? what + ", from where it was" : what;
  }

  private static String skipped(JsonNode skipped) {
    var names = new StringJoiner(", ", "", skipped.size() > NAMES_MAX ? ", …" : "");
    for (int i = 0; i < Math.min(NAMES_MAX, skipped.size()); i++)
      names.add("@" + skipped.get(i).asText());
    return "leave out %d that the receiver would prune at once: %s"
        .formatted(skipped.size(), names);
  }
}
