package dev.penstock.gateway.cli;

import java.util.Collections;
import java.util.LinkedHashMap;
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
    synopsisSubcommandLabel = "COMMAND")
@SuppressWarnings("NullAway.Init") // picocli sets what is annotated
final class Penstock implements Runnable {
  /** In the order of the help. Which of them are described is for {@link Cli} to say. */
  static final Map<String, Class<?>> COMMANDS = commands();

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

  private static Map<String, Class<?>> commands() {
    Map<String, Class<?>> commands = new LinkedHashMap<>();
    commands.put("run", RunCommand.class);
    commands.put("receive", ReceiveCommand.class);
    commands.put("check", CheckCommand.class);
    commands.put("status", StatusCommand.class);
    commands.put("volume", VolumeCommand.class);
    commands.put("store", StoreCommand.class);
    commands.put("snapshot", SnapshotCommand.class);
    commands.put("restore", RestoreCommand.class);
    commands.put("job", JobCommand.class);
    commands.put("migrate", MigrateCommand.class);
    commands.put("peer", PeerCommand.class);
    commands.put("prune", PruneCommand.class);
    commands.put("export", ExportCommand.class);
    commands.put("connection", ConnectionCommand.class);
    commands.put("limits", LimitsCommand.class);
    commands.put("module", ModuleCommand.class);
    commands.put("plugin", PluginCommand.class);
    commands.put("content", ContentCommand.class);
    commands.put("user", UserCommand.class);
    commands.put("lease", LeaseCommand.class);
    commands.put("task", TaskCommand.class);
    commands.put("events", EventsCommand.class);
    commands.put("config", ConfigCommand.class);
    commands.put("token", TokenCommand.class);
    commands.put("stdio", StdioCommand.class);
    commands.put("completion", CompletionCommand.class);
    commands.put("version", VersionCommand.class);
    return Collections.unmodifiableMap(commands);
  }
}
