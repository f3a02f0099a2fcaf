package dev.penstock.gateway.cli;

import com.fasterxml.jackson.databind.JsonNode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Peers. The replication module answers these. */
@Command(
    name = "peer",
    description = "Peers: the other gateways, and what they may do here.",
    synopsisSubcommandLabel = "COMMAND")
final class PeerCommand extends Group {
  @Command(name = "list", description = "Lists the peers.")
  void list() {
    list(
        "/v1/peers",
        "peers",
        new Table(
            Table.text("PEER", "name"),
            Table.text("REACHED AT", "address"),
            Table.text("CERTIFICATE", "certificate"),
            Table.text("MAY PUSH", "may_push"),
            Table.text("BELOW", "push_below"),
            Table.text("MAY PULL", "may_pull"),
            Table.list("COMES IN AT", "comes_in_at")));
  }

  @Command(name = "show", description = "Shows everything about a peer.")
  void show(@Parameters(paramLabel = "PEER") String peer) {
    show(client().get(path("peers", peer)));
  }

  @Command(
      name = "check",
      description = "Asks a peer whether it is there, who we are to it, and what it lets us do.")
  void check(@Parameters(paramLabel = "PEER") String peer) {
    JsonNode hello = client().send("POST", path("peers", peer) + "/check");
    done(
        hello,
        Table.visible(
            "%s answers (%s) and knows us as %s; it %s volumes from us, and %s"
                .formatted(
                    peer,
                    hello.path("gateway").asText(),
                    hello.path("knows_us_as").asText(),
                    hello.path("takes_volumes").asBoolean() ? "takes" : "takes no",
                    hello.path("gives_volumes").asBoolean()
                        ? "gives us volumes"
                        : "gives us none")));
  }
}
