package dev.penstock.gateway.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.penstock.gateway.ExitCode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Modules. */
@Command(
    name = "module",
    description = "Modules: the services that the gateway runs.",
    synopsisSubcommandLabel = "COMMAND")
final class ModuleCommand extends Group {
  static Table table() {
    return new Table(
        Table.text("MODULE", "name"),
        Table.text("KIND", "kind"),
        Table.text("PLUGIN", "plugin"),
        Table.text("STATE", "state"),
        Table.text("REASON", "reason"));
  }

  @Command(name = "list", description = "Lists the modules that are configured.")
  void list() {
    list("/v1/modules", "modules", table());
  }

  @Command(name = "start", description = "Starts a module.")
  void start(@Parameters(paramLabel = "MODULE") String module) {
    change(module, "start");
  }

  @Command(
      name = "stop",
      description = "Stops a module until it is started; its clients are cut off.")
  void stop(
      @Parameters(paramLabel = "MODULE") String module,
      @Option(
              names = {"-y", "--yes"},
              description = "Do not ask.")
          boolean yes) {
    confirm(yes, "Stop module " + module + "? Its clients are cut off.");
    change(module, "stop");
  }

  @Command(name = "restart", description = "Stops and starts a module; its clients are cut off.")
  void restart(
      @Parameters(paramLabel = "MODULE") String module,
      @Option(
              names = {"-y", "--yes"},
              description = "Do not ask.")
          boolean yes) {
    confirm(yes, "Restart module " + module + "? Its clients are cut off.");
    change(module, "restart");
  }

  private void change(String module, String verb) {
    JsonNode status = client().send("POST", path("modules", module) + "/" + verb);
    String state = status.path("state").asText();
    done(status, "module " + module + ": " + state);
    if (state.equals("failed"))
      throw new Failure(ExitCode.FAILED, status.path("reason").asText("the module failed"));
  }
}
