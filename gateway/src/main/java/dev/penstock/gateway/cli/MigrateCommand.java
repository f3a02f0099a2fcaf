package dev.penstock.gateway.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.gateway.ExitCode;
import dev.penstock.spi.config.Quantities;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Moves volumes to other gateways. The replication module answers these. */
@Command(
    name = "migrate",
    description = "Moves volumes to other gateways while they are in use.",
    synopsisSubcommandLabel = "COMMAND")
final class MigrateCommand extends Group {
  private static final String VOLUME = "VOLUME";

  @Command(
      name = "start",
      description = {
        "Moves a volume to a peer: what is here is sent while clients write, then they wait for a"
            + " moment,",
        "and go on over there through this gateway. With --wait follows it to its end, and ends"
            + " with 0 only if the peer owns the volume.",
        "To an NBD server, or flexnbd's listener: ends with an error at once if nobody is there, or"
            + " its size differs; from",
        "then on whatever goes wrong there is tried again from the first byte, until it is done or"
            + " aborted. In the end it is",
        "given up here, clients here are ended, the copy goes if that is wished, and then the other"
            + " side is told that this was",
        "all. It acknowledges nothing: that it closed the connection in good order is all that can"
            + " be known, and is told."
      })
  void start(
      @Parameters(paramLabel = VOLUME) String volume,
      @Option(
              names = "--to",
              paramLabel = "PEER|URI",
              required = true,
              description =
                  "Which gateway; or nbd://host:port/export, nbds://...,"
                      + " nbd+unix:///export?socket=PATH, flexnbd://host:port.")
          String to,
      @Option(
              names = "--bind",
              paramLabel = "ADDRESS",
              description = "The address of this machine to connect from; for a URI.")
          String bind,
      @Option(
              names = "--bandwidth",
              paramLabel = "SIZE",
              defaultValue = "0",
              description = "How much is sent a second at most, as in 100MiB; 0 for no limit.")
          String bandwidth,
      @Option(
              names = "--freeze-limit",
              paramLabel = "TIME",
              defaultValue = "5s",
              description = "How long clients may have to wait; 5s if not given.")
          String freeze,
      @Option(
              names = "--confirm-switch",
              description = "Hand it over only after \"penstock migrate confirm\".")
          boolean confirm,
      @Option(
              names = "--throttle",
              description = "Slow clients down if they write faster than it can be sent.")
          boolean throttle,
      @Option(names = "--snapshots", description = "Its older snapshots go with it.")
          boolean snapshots,
      @Option(names = "--keep", description = "Keep the copy here; so it is without --unlink.")
          boolean keep,
      @Option(names = "--unlink", description = "Destroy the copy here once it is handed over.")
          boolean unlink,
      @Option(names = "--wait", description = "Follow it until it ends.") boolean wait)
      throws InterruptedException {
    if (keep && unlink)
      throw new Failure(ExitCode.USAGE, "the copy here is kept or destroyed, not both");
    ObjectNode body =
        body()
            .put("to", to)
            .put("bandwidth", bytes(bandwidth))
            .put("freeze_millis", time(freeze).toMillis())
            .put("confirm", confirm)
            .put("throttle", throttle)
            .put("snapshots", snapshots)
            .put("unlink", unlink);
    Optional.ofNullable(bind).ifPresent(address -> body.put("bind", address));
    JsonNode begun = client().send("POST", path("migrations", volume), body);
    if (wait) follow(volume);
    else
      done(
          begun,
          "%s is on its way to %s: penstock migrate status %s".formatted(volume, to, volume));
  }

  private static long bytes(String text) {
    return Quantities.bytes(text)
        .orElseThrow(() ->
            new Failure(
                ExitCode.USAGE, "\"" + text + "\" is no size; write bytes, or 512KiB, 10MiB"));
  }

  private static Duration time(String text) {
    return Quantities.duration(text)
        .orElseThrow(
            () -> new Failure(ExitCode.USAGE, "\"" + text + "\" is no time; write 500ms, or 5s"));
  }

  private void follow(String volume) throws InterruptedException {
    JsonNode now = client().get(path("migrations", volume));
    while (!isOver(now)) {
      if (terminal().interactive() && !penstock().json()) {
        terminal().out().print("\r" + line(now) + "   ");
        terminal().out().flush();
      }
      Thread.sleep(Duration.ofSeconds(1));
      now = client().get(path("migrations", volume));
    }
    if (terminal().interactive() && !penstock().json()) say("");
    done(now, line(now));
    if (!now.path("phase").asText().equals("done"))
      throw new Failure(ExitCode.FAILED, now.path("failure").asText("it was aborted"));
  }

  private static boolean isOver(JsonNode now) {
    return now.hasNonNull("ended");
  }

  private static String line(JsonNode now) {
    String line =
        "%s to %s: %s, %d rounds, %s sent"
            .formatted(
                Table.visible(now.path("volume").asText()),
                Table.visible(now.path("to").asText()),
                now.path("phase").asText(),
                now.path("rounds").asInt(),
                Sizes.bytes(now.path("bytes_sent").asLong()));
    if (now.path("farewell").asText().equals("unsure"))
      line += ", and nobody knows whether it heard that this was all";
    if (now.hasNonNull("froze_millis"))
      return line + ", clients waited %d ms".formatted(now.path("froze_millis").asLong());
    if (now.hasNonNull("expected_freeze_millis"))
      return line
          + ", clients would wait about %d ms"
              .formatted(now.path("expected_freeze_millis").asLong());
    return line;
  }

  @Command(name = "list", description = "Lists the migrations since the module was started.")
  void list() {
    list(
        "/v1/migrations",
        "migrations",
        new Table(
            Table.text("VOLUME", "volume"),
            Table.text("TO", "to"),
            Table.text("PHASE", "phase"),
            Table.text("SINCE", "since"),
            Table.text("ROUNDS", "rounds"),
            Table.text("SENT", "bytes_sent"),
            Table.text("FAILURE", "failure")));
  }

  @Command(name = "status", description = "Shows how far a migration is.")
  void status(@Parameters(paramLabel = VOLUME) String volume) {
    JsonNode now = client().get(path("migrations", volume));
    if (penstock().json()) {
      json(now);
      return;
    }
    List<String> lines = new ArrayList<>(List.of(line(now)));
    if (!isOver(now))
      lines.add(
          "%s left of this round, at %s a second"
              .formatted(
                  Sizes.bytes(now.path("bytes_left").asLong()),
                  Sizes.bytes(now.path("bytes_per_second").asLong())));
    if (now.hasNonNull("writers_bandwidth"))
      lines.add(
          "its clients may write %s a second meanwhile"
              .formatted(Sizes.bytes(now.path("writers_bandwidth").asLong())));
    if (now.hasNonNull("trouble")) lines.add("trouble: " + now.path("trouble").asText());
    if (now.hasNonNull("failure")) lines.add("failed: " + now.path("failure").asText());
    lines.stream().map(Table::visible).forEach(this::say);
  }

  @Command(
      name = "abort",
      description =
          "Keeps a volume here. Refused once it has been given up: from then on it ends there.")
  void abort(@Parameters(paramLabel = VOLUME) String volume) {
    done(client().send("POST", path("migrations", volume) + "/abort"), volume + " stays here");
  }

  @Command(name = "confirm", description = "Lets a volume be handed over that waits for this.")
  void confirm(@Parameters(paramLabel = VOLUME) String volume) {
    done(
        client().send("POST", path("migrations", volume) + "/confirm"),
        volume + " may be handed over");
  }

  @Command(name = "bandwidth", description = "Changes how much a migration may send a second.")
  void bandwidth(
      @Parameters(paramLabel = VOLUME) String volume,
      @Option(
              names = "--limit",
              paramLabel = "SIZE",
              required = true,
              description = "As in 10MiB; 0 for no limit.")
          String limit) {
    ObjectNode body = body().put("bytes_per_second", bytes(limit));
    done(
        client().send("PUT", path("migrations", volume) + "/bandwidth", body),
        "%s: %s".formatted(volume, JobReport.rate(bytes(limit))));
  }

  @Command(
      name = "owners",
      description =
          "Lists what is known of who owns volumes that were ever handed over, or offered.")
  void owners() {
    list(
        "/v1/ownerships",
        "ownerships",
        new Table(
            Table.text("VOLUME", "volume"),
            Table.text("PHASE", "phase"),
            Table.text("PEER", "peer"),
            Table.text("EPOCH", "epoch_number"),
            Table.list("ORPHANS", "orphans")));
  }

  @Command(
      name = "promote",
      description = {
        "Makes a volume ours that has come here completely, and whose source is lost; or one that"
            + " was moved to a URI,",
        "and is not used there, as long as its copy is here.",
        "If the source was not lost it serves the volume as well, and two have it until they meet:"
            + " then",
        "the source gives way at once, its clients go on here, and what was written there since is"
            + " kept",
        "there as a held snapshot orphan-…, and is not in the volume. Only with --force."
      })
  void promote(
      @Parameters(paramLabel = VOLUME) String volume,
      @Option(names = "--force", description = "That is meant.") boolean force) {
    if (!force)
      throw new Failure(
          ExitCode.USAGE,
          ("if the source of %s is not lost it serves it as well, and then there are two of it:"
               + " what is written there from now on will be kept as a snapshot there, and not be"
               + " in the volume; that is meant only with --force")
              .formatted(volume));
    JsonNode now = client().send("POST", path("ownerships", volume) + "/force");
    done(
        now,
        now.hasNonNull("peer")
            ? "%s is owned here. Should %s come back it gives way, and keeps what was written there as a snapshot (penstock migrate owners shows it there). It is told until it answers: if it is lost for good, penstock migrate settle %s"
                .formatted(volume, Table.visible(now.path("peer").asText()), volume)
            : volume + " is owned here");
  }

  @Command(
      name = "resolve",
      description = "Of two owners of one epoch says that it is this one. The other one gives way.")
  void resolve(@Parameters(paramLabel = VOLUME) String volume) {
    done(client().send("POST", path("ownerships", volume) + "/resolve"), volume + " is owned here");
  }

  @Command(
      name = "settle",
      description =
          "Says that the gateway which a volume was taken from by force is lost for good: it is"
              + " told no more.")
  void settle(@Parameters(paramLabel = VOLUME) String volume) {
    done(
        client().send("POST", path("ownerships", volume) + "/settle"),
        volume + " is owned here, and nobody else is told");
  }

  @Command(name = "cancel", description = "Gives up a volume that is on its way here.")
  void cancel(@Parameters(paramLabel = VOLUME) String volume) {
    done(
        client().send("POST", path("ownerships", volume) + "/cancel"),
        volume + " does not come here");
  }
}
