package dev.penstock.gateway.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.gateway.ExitCode;
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
    list("/v1/leases", "leases", table());
  }

  private static Table table() {
    return new Table(
        Table.text("LEASE", "guid"),
        Table.text("SNAPSHOT", "subject"),
        Table.text("OWNER", "owner"),
        Table.text("KIND", "kind"),
        Table.text("SINCE", "acquired_at"),
        Table.text("IN USE", "in_use"),
        Table.text("EXPIRES", "expires_at"));
  }

  @Command(
      name = "release",
      description = {
        "Releases a lease that nobody works under: its snapshot may then be destroyed.",
        "With --stale all of them. One that is taken up meanwhile stays."
      })
  void release(
      @Parameters(
              paramLabel = "LEASE",
              arity = "0..1",
              defaultValue = "",
              description = "Which; none with --stale.")
          String lease,
      @Option(names = "--stale", description = "All that are not in use.") boolean stale,
      @Option(names = "--dry-run", description = "With --stale: only say which.") boolean dryRun,
      @Option(
              names = {"-y", "--yes"},
              description = "Do not ask.")
          boolean yes) {
    if (stale == !lease.isEmpty() || (dryRun && !stale))
      throw new Failure(
          ExitCode.USAGE, "write a LEASE, or --stale with or without --dry-run, and not both");
    if (stale) {
      releaseStale(dryRun, yes);
      return;
    }
    confirm(yes, "Release lease " + lease + "? Whoever took it may find its snapshot gone.");
    done(client().send("DELETE", path("leases", lease)), "released " + lease);
  }

  private void releaseStale(boolean dryRun, boolean yes) {
    JsonNode answer = client().get("/v1/leases");
    ObjectNode stale = body();
    ArrayNode leases = stale.putArray("leases");
    for (JsonNode lease : answer.path("leases"))
      if (!lease.path("in_use").asBoolean()) leases.add(lease);
    if (penstock().json()) json(stale);
    else if (leases.isEmpty()) say("none");
    else if (dryRun || !yes) table().add(leases).print(terminal().out());
    if (dryRun || leases.isEmpty()) return;
    confirm(
        yes,
        "Release %d leases? What was begun under them may have to begin anew."
            .formatted(leases.size()));
    int stay = 0;
    for (JsonNode lease : leases) if (!released(lease)) stay++;
    if (stay > 0) throw new Failure(ExitCode.FAILED, "not released: %d".formatted(stay));
  }

  private boolean released(JsonNode lease) {
    String guid = lease.path("guid").asText();
    String subject = Table.visible(lease.path("subject").asText());
    try {
      client().send("DELETE", path("leases", guid));
    } catch (Failure why) {
      if (why.exit() == ExitCode.NOT_FOUND) return true; // it has ended by itself
      terminal().err().println("penstock: %s stays: %s".formatted(guid, why.text()));
      return false;
    }
    if (!penstock().json()) say("released %s of %s".formatted(guid, subject));
    return true;
  }
}
