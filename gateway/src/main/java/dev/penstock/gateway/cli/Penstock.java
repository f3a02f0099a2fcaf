package dev.penstock.gateway.cli;

import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The command that holds all others. */
@Command(
    name = "penstock",
    description = "Serves block volumes, and looks after a gateway that does.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      RunCommand.class,
      CheckCommand.class,
      StatusCommand.class,
      VolumeCommand.class,
      ExportCommand.class,
      ConnectionCommand.class,
      LimitsCommand.class,
      ModuleCommand.class,
      PluginCommand.class,
      TaskCommand.class,
      EventsCommand.class,
      ConfigCommand.class,
      TokenCommand.class,
      CompletionCommand.class,
      VersionCommand.class
    })
@SuppressWarnings("NullAway.Init") // picocli sets what is annotated
final class Penstock implements Runnable {
  @Spec private CommandSpec spec;

  @Mixin private Reach reach;

  @Option(
      names = "--json",
      scope = ScopeType.INHERIT,
      description = "Write what the gateway answers, as JSON.")
  private boolean json;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      scope = ScopeType.INHERIT,
      description = "Show how this command is used.")
  @SuppressWarnings("unused") // picocli looks at it
  private boolean help;

  @Option(
      names = {"-V", "--version"},
      description = "Show which version this is.")
  private boolean version;

  private final Terminal terminal;
  private final Map<String, String> environment;
  private final Daemon daemon;

  Penstock(Terminal terminal, Map<String, String> environment, Daemon daemon) {
    this.terminal = terminal;
    this.environment = Map.copyOf(environment);
    this.daemon = daemon;
  }

  @Override
  public void run() {
    if (!version)
      throw new ParameterException(spec.commandLine(), "a command is missing; see penstock --help");
    terminal.out().println(VersionCommand.text());
  }

  Terminal terminal() {
    return terminal;
  }

  Daemon daemon() {
    return daemon;
  }

  Map<String, String> environment() {
    return environment;
  }

  boolean json() {
    return json;
  }

  AdminClient client() {
    return new AdminClient(reach.target(environment));
  }
}
