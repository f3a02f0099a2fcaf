package dev.penstock.gateway.cli;

import dev.penstock.gateway.ExitCode;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
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
    int code = commandLine(terminal, environment, daemon).execute(arguments);
    return Arrays.stream(ExitCode.values())
        .filter(exit -> exit.code() == code)
        .findFirst()
        .orElse(ExitCode.FAILED);
  }

  static CommandLine commandLine(
      Terminal terminal, Map<String, String> environment, Daemon daemon) {
    var line = new CommandLine(new Penstock(terminal, environment, daemon));
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
