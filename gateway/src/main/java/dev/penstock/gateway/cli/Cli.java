package dev.penstock.gateway.cli;

import dev.penstock.gateway.ExitCode;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** The command line as a function of its arguments. */
public final class Cli {
  private static final int HELP_COLUMNS = 100;

  private Cli() {}

  /**
   * Does what the arguments say, and answers with how the process should end.
   *
   * @param daemon is only called for {@code run} and {@code check}
   */
  public static ExitCode execute(String[] arguments, Daemon daemon) {
    return execute(Terminal.ofProcess(), System.getenv(), daemon, arguments);
  }

  static ExitCode execute(
      Terminal terminal, Map<String, String> environment, Daemon daemon, String... arguments) {
    int code =
        isPlainRun(arguments)
            ? run(terminal, environment, daemon, arguments)
            : commandLine(terminal, environment, daemon, asked(arguments)).execute(arguments);
    return Arrays.stream(ExitCode.values())
        .filter(exit -> exit.code() == code)
        .findFirst()
        .orElse(ExitCode.FAILED);
  }

  /**
   * Whether there is nothing to parse: {@code run}, with or without a file. The library would look
   * at every command first, which takes a gateway's start a sixth of a second longer.
   */
  private static boolean isPlainRun(String... arguments) {
    if (arguments.length == 0 || arguments.length > 2 || !arguments[0].equals("run")) return false;
    String file = arguments[arguments.length - 1];
    return !file.isEmpty() && file.charAt(0) != '-' && file.charAt(0) != '@'; // @: more arguments
  }

  private static int run(
      Terminal terminal, Map<String, String> environment, Daemon daemon, String... arguments) {
    Optional<Path> named = Arrays.stream(arguments).skip(1).findFirst().map(Path::of);
    try {
      return daemon.run(RunCommand.config(named, environment)).code();
    } catch (RuntimeException failure) {
      return failed(terminal, failure);
    }
  }

  /** The one command that has to be described if it comes first; all of them otherwise. */
  private static Map<String, Class<?>> asked(String... arguments) {
    String first = arguments.length > 0 ? arguments[0] : "";
    Class<?> command = Penstock.COMMANDS.get(first);
    boolean alone = command != null && command != CompletionCommand.class; // which lists them all
    return alone ? Map.<String, Class<?>>of(first, command) : Penstock.COMMANDS;
  }

  static CommandLine commandLine(
      Terminal terminal,
      Map<String, String> environment,
      Daemon daemon,
      Map<String, Class<?>> commands) {
    var line = new CommandLine(new Penstock(terminal, environment, daemon));
    commands.forEach(line::addSubcommand);
    line.setOut(terminal.out())
        .setErr(terminal.err())
        .setColorScheme(CommandLine.Help.defaultColorScheme(Ansi.OFF))
        .setUsageHelpWidth(HELP_COLUMNS)
        .setUsageHelpAutoWidth(false)
        .setParameterExceptionHandler(Cli::wrongUse)
        .setExecutionExceptionHandler((failure, _, _) -> failed(terminal, failure));
    line.getCommandSpec()
        .usageMessage()
        .exitCodeListHeading("%nExit codes:%n")
        .exitCodeList(exitCodes());
    return line;
  }

  private static Map<String, String> exitCodes() {
    Map<String, String> codes = new LinkedHashMap<>();
    for (ExitCode exit : ExitCode.values()) codes.put(" " + exit.code(), exit.meaning());
    return codes;
  }

  private static int wrongUse(ParameterException wrong, String[] arguments) {
    var err = wrong.getCommandLine().getErr();
    err.println("penstock: " + wrong.getMessage());
    if (!UnmatchedArgumentException.printSuggestions(wrong, err))
      err.println(
          "See \"%s --help\".".formatted(wrong.getCommandLine().getCommandSpec().qualifiedName()));
    return ExitCode.USAGE.code();
  }

  private static int failed(Terminal terminal, Exception failure) {
    terminal.out().flush();
    if (failure instanceof Failure known) {
      terminal
          .err()
          .println(
              "penstock: "
                  + Table.visible(known.text().replace("\n", "\u2028")).replace("\u2028", "\n"));
      return known.exit().code();
    }
    terminal.err().println("penstock: " + failure);
    return ExitCode.FAILED.code();
  }
}
