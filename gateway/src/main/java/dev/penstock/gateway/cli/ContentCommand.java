package dev.penstock.gateway.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
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
  private static final String NAME = "name";
  private static final String CLUSTER = "cluster";
  private static final String NODE = "node";

  @Command(
      name = "list",
      description = {
        "Lists the repositories and clusters that are served,",
        "the connections to those that are elsewhere, and the nodes of clusters."
      })
  void list() {
    ObjectNode all = body();
    ArrayNode served = all.putArray("served");
    for (String kind : List.of("repositories", "clusters"))
      for (JsonNode one : client().get("/v1/p2p/" + kind).path(kind)) served.add(one);
    if (penstock().json()) json(all);
    else if (served.isEmpty()) say("none");
    else tell(served);
  }

  private void tell(ArrayNode served) {
    print(
        served,
        new Table(
            Table.text("NAME", NAME),
            Table.text("KIND", "kind"),
            Table.text("STATE", "state"),
            Table.text("UUID", "uuid"),
            Table.text("ANYBODY MAY", "anonymous"),
            Table.text("REQUESTS", "requests"),
            Table.bytes("IN", "received_bytes"),
            Table.bytes("OUT", "sent_bytes"),
            Table.text("NOW", "transfers"),
            Table.text("TROUBLE", "trouble")));
    List<JsonNode> pooled = new ArrayList<>();
    List<JsonNode> nodes = new ArrayList<>();
    for (JsonNode one : served) {
      if (one.has("pool")) pooled.add(one);
      for (JsonNode node : one.path("nodes"))
        nodes.add(body().put(CLUSTER, one.path(NAME).asText()).set(NODE, node));
    }
    section(pooled, connections());
    section(nodes, nodes());
  }

  private static Table connections() {
    return new Table(
        Table.text("REPOSITORY", NAME),
        Table.count("CONNECTIONS MAX", "pool.size"),
        Table.count("IN USE", "pool.in_use"),
        Table.count("IDLE", "pool.idle"),
        Table.count("IDLE MAX NOW", "pool.keeps"),
        Table.count("WAITING", "pool.waiting"),
        Table.count("EVICTED", "pool.evicted"));
  }

  private static Table nodes() {
    return new Table(
        Table.text("CLUSTER", CLUSTER),
        Table.text("NODE", "node.name"),
        Table.text("STATE", "node.state"),
        Table.count("NOW", "node.transfers"),
        Table.count("ERRORS LATELY", "node.errors"));
  }

  private void section(List<JsonNode> items, Table table) {
    if (items.isEmpty()) return;
    say("");
    print(items, table);
  }

  private void print(Iterable<JsonNode> items, Table table) {
    table.add(items).print(terminal().out());
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
