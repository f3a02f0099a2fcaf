package dev.penstock.gateway.cli;

import dev.penstock.gateway.ExitCode;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Exports. The nbd module answers these. */
@Command(
    name = "export",
    description = "Exports: volumes under the names that clients ask for.",
    synopsisSubcommandLabel = "COMMAND")
final class ExportCommand extends Group {
  @Command(name = "list", description = "Lists the exports.")
  void list() {
    list(
        "/v1/exports",
        "exports",
        new Table(
            Table.text("EXPORT", "name"),
            Table.text("VOLUME", "volume"),
            Table.bytes("SIZE", "size_bytes"),
            Table.text("READ-ONLY", "read_only"),
            Table.count("CONNECTIONS", "connections"),
            Table.text("STATE", "state")));
  }

  @Command(name = "show", description = "Shows everything about an export.")
  void show(@Parameters(paramLabel = "EXPORT") String export) {
    show(client().get(path("exports", export)));
  }

  @Command(name = "create", description = "Serves a volume under a name.")
  void create(
      @Parameters(paramLabel = "EXPORT") String export,
      @Parameters(
              paramLabel = "VOLUME",
              arity = "0..1",
              defaultValue = "",
              description = "The volume; the one of the export's name if not given.")
          String volume,
      @Mixin ExportOptions options) {
    var body = body().put("volume", volume.isEmpty() ? export : volume);
    options.addTo(body);
    done(client().send("PUT", path("exports", export), body), "serves " + export);
  }

  @Command(
      name = "set",
      description = {
        "Changes settings of an export, live.",
        "Of one that is in the configuration: who gets in, and how fast; until it is reset, or the",
        "configuration changes that setting."
      })
  void set(@Parameters(paramLabel = "EXPORT") String export, @Mixin ExportOptions options) {
    var body = body();
    options.addTo(body);
    if (body.isEmpty())
      throw new Failure(ExitCode.USAGE, "nothing is to be changed; see penstock export set --help");
    done(client().send("PATCH", path("exports", export), body), "changed " + export);
  }

  @Command(
      name = "reset",
      description = "Makes settings what the configuration, or else the default, says.")
  void reset(
      @Parameters(paramLabel = "EXPORT") String export,
      @Parameters(
              paramLabel = "SETTING",
              arity = "0..*",
              description = "As export show calls it; all that were changed live if not given.")
          List<String> settings) {
    reset(path("exports", export), Optional.ofNullable(settings).orElse(List.of()), export);
  }

  @Command(name = "delete", description = "Stops serving an export; its clients are cut off.")
  void delete(
      @Parameters(paramLabel = "EXPORT") String export,
      @Option(
              names = {"-y", "--yes"},
              description = "Do not ask.")
          boolean yes) {
    confirm(yes, "Stop serving " + export + " and cut off its clients?");
    done(client().send("DELETE", path("exports", export)), "no longer serves " + export);
  }

  @Command(
      name = "drain",
      description = {
        "Lets nobody new use an export, and those connected finish and leave.",
        "It stays so, across restarts too, until it is resumed. Ends when the last client has left."
      })
  void drain(
      @Parameters(paramLabel = "EXPORT") String export,
      @Option(
              names = "--timeout",
              paramLabel = "TIME",
              defaultValue = "",
              description = "How long clients may take before they are cut, as in 30s.")
          String timeout,
      @Option(names = "--no-wait", description = "Do not wait for those connected.") boolean noWait)
      throws InterruptedException {
    var body = body();
    if (!timeout.isEmpty()) body.put("timeout", timeout);
    String task =
        client().send("POST", path("exports", export) + "/drain", body).path("task").asText();
    if (noWait) {
      done(client().get(path("tasks", task)), export + " takes nobody new; task " + task);
      return;
    }
    new TaskWatch(this).follow(task);
  }

  @Command(name = "resume", description = "Lets clients use an export again that was drained.")
  void resume(@Parameters(paramLabel = "EXPORT") String export) {
    done(client().send("POST", path("exports", export) + "/resume"), export + " takes clients");
  }
}
