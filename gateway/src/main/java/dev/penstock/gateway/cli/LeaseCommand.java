package dev.penstock.gateway.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Leases. */
@Command(
    name = "lease",
    description = "Leases: who needs which snapshot, so that it is not destroyed.",
    synopsisSubcommandLabel = "COMMAND")
final class LeaseCommand extends Group {
  @Command(name = "list", description = "Lists the leases, the oldest first.")
  void list() {
    list(
        "/v1/leases",
        "leases",
        new Table(
            Table.text("LEASE", "guid"),
            Table.text("SNAPSHOT", "subject"),
            Table.text("OWNER", "owner"),
            Table.text("KIND", "kind"),
            Table.text("SINCE", "acquired_at"),
            Table.text("IN USE", "in_use"),
            Table.text("EXPIRES", "expires_at")));
  }

  @Command(
      name = "release",
      description = "Releases a lease that nobody works under: its snapshot may then be destroyed.")
  void release(
      @Parameters(paramLabel = "LEASE") String lease,
      @Option(
              names = {"-y", "--yes"},
              description = "Do not ask.")
          boolean yes) {
    confirm(yes, "Release lease " + lease + "? Whoever took it may find its snapshot gone.");
    done(client().send("DELETE", path("leases", lease)), "released " + lease);
  }
}
