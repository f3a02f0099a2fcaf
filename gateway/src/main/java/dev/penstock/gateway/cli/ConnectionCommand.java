package dev.penstock.gateway.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Clients. The nbd module answers these. */
@Command(
    name = "connection",
    description = "Connections: who is being served.",
    synopsisSubcommandLabel = "COMMAND")
final class ConnectionCommand extends Group {
  @Command(name = "list", description = "Lists the clients that are connected.")
  void list() {
    list(
        "/v1/connections",
        "connections",
        new Table(
            Table.text("CONNECTION", "connection"),
            Table.text("EXPORT", "export"),
            Table.text("CLIENT", "peer"),
            Table.text("STATE", "phase"),
            Table.text("SINCE", "since")));
  }

  @Command(name = "end", description = "Ends a client's connection.")
  void end(
      @Parameters(paramLabel = "CONNECTION") String connection,
      @Option(
              names = {"-y", "--yes"},
              description = "Do not ask.")
          boolean yes) {
    confirm(yes, "End connection " + connection + "? Its client sees an I/O error.");
    done(client().send("DELETE", path("connections", connection)), "ended " + connection);
  }
}
