package dev.penstock.gateway.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What is served to git-annex. */
@Command(
    name = "content",
    description = "Content of git-annex repositories: who is served, and what is locked.",
    synopsisSubcommandLabel = "COMMAND")
final class ContentCommand extends Group {
  @Command(name = "list", description = "Lists the repositories and clusters that are served.")
  void list() {
    ObjectNode all = body();
    ArrayNode served = all.putArray("served");
    for (String kind : List.of("repositories", "clusters"))
      for (JsonNode one : client().get("/v1/p2p/" + kind).path(kind)) served.add(one);
    if (penstock().json()) json(all);
    else if (served.isEmpty()) say("none");
    else
      new Table(
              Table.text("NAME", "name"),
              Table.text("KIND", "kind"),
              Table.text("STATE", "state"),
              Table.text("UUID", "uuid"),
              Table.text("ANYBODY MAY", "anonymous"),
              Table.text("REQUESTS", "requests"),
              Table.bytes("IN", "received_bytes"),
              Table.bytes("OUT", "sent_bytes"),
              Table.text("NOW", "transfers"),
              Table.text("TROUBLE", "trouble"))
          .add(served)
          .print(terminal().out());
  }

  @Command(name = "locks", description = "Lists what clients keep from being removed.")
  void locks() {
    list(
        "/v1/p2p/locks",
        "locks",
        new Table(
            Table.text("LOCK", "lock"),
            Table.text("REPOSITORY", "repository"),
            Table.text("KEY", "key"),
            Table.text("BY", "by"),
            Table.text("SINCE", "since"),
            Table.text("KEEPERS", "keepers")));
  }

  @Command(
      name = "unlock",
      description = {
        "Ends a lock: the content may be removed from then on.",
        "Whoever locked it may rely on it for ten minutes from when it did."
      })
  void unlock(
      @Parameters(paramLabel = "LOCK") String lock,
      @Option(
              names = {"-y", "--yes"},
              description = "Do not ask.")
          boolean yes) {
    confirm(
        yes, "End lock " + lock + "? A client may be about to drop its own copy because of it.");
    done(client().send("DELETE", path("p2p/locks", lock)), "ended " + lock);
  }
}
