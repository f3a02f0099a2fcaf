package dev.penstock.gateway.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.gateway.ExitCode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What all commands that call the gateway have in common. */
@SuppressWarnings("NullAway.Init") // picocli sets what is annotated
abstract class Group implements Runnable {
  @Spec private CommandSpec spec;

  /** A group by itself does nothing. */
  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(),
        "one of its commands is missing; see " + spec.qualifiedName() + " --help");
  }

  final Penstock penstock() {
    return (Penstock) spec.root().userObject();
  }

  final AdminClient client() {
    return penstock().client();
  }

  final Terminal terminal() {
    return penstock().terminal();
  }

  static ObjectNode body() {
    return AdminClient.JSON.createObjectNode();
  }

  static String path(String collection, String name) {
    return "/v1/" + collection + "/" + AdminClient.segment(name);
  }

  /** A list as a table, or as it came. */
  final void list(String path, String field, Table table) {
    JsonNode answer = client().get(path);
    if (penstock().json()) json(answer);
    else if (answer.path(field).isEmpty()) say("none");
    else table.add(answer.path(field)).print(terminal().out());
  }

  /** Everything that is known of one thing, a line each, or as it came. */
  final void show(JsonNode answer) {
    if (penstock().json()) {
      json(answer);
      return;
    }
    int widest = 0;
    for (var field : answer.properties()) widest = Math.max(widest, field.getKey().length());
    for (var field : answer.properties()) {
      var kind = field.getKey().endsWith("_bytes") ? Table.Kind.BYTES : Table.Kind.TEXT;
      String value = Table.cell(new Table.Column("", field.getKey(), kind), answer);
      say(field.getKey() + " ".repeat(widest - field.getKey().length()) + "  " + value);
    }
  }

  /** What was done, in a sentence, or what came back. */
  final void done(JsonNode answer, String sentence) {
    if (penstock().json()) json(answer);
    else say(sentence);
  }

  /** What a store found, a line each, or the answer as it came. */
  final void findings(JsonNode answer) {
    if (penstock().json()) json(answer);
    else
      for (JsonNode finding : answer.path("findings"))
        say(
            "%-6s  %s"
                .formatted(
                    finding.path("weight").asText(), Table.visible(finding.path("what").asText())));
  }

  final void json(JsonNode answer) {
    try {
      say(AdminClient.JSON.writerWithDefaultPrettyPrinter().writeValueAsString(answer));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  final void say(String line) {
    terminal().out().println(line);
  }

  /**
   * Gives settings back that were changed live over the configuration; all of them if none is
   * named.
   */
  final void reset(String path, List<String> settings, String what) {
    AdminClient client = client();
    List<String> named = new ArrayList<>(settings);
    if (named.isEmpty())
      client.get(path).path("overridden").fieldNames().forEachRemaining(named::add);
    if (named.isEmpty()) {
      say("nothing of " + what + " was changed live");
      return;
    }
    var body = body();
    named.forEach(body::putNull);
    done(
        client.send("PATCH", path, body), "%s: %s reset".formatted(what, String.join(", ", named)));
  }

  /** Asks before what cannot be undone. */
  final void confirm(boolean yes, String question) {
    if (!yes && !terminal().confirms(question))
      throw new Failure(ExitCode.FAILED, "left as it was");
  }
}
