package dev.penstock.gateway.cli;

import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** What a shell needs to finish words. */
@Command(
    name = "completion",
    description = {
      "Writes a completion script for bash and zsh.",
      "Use it with:  source <(penstock completion)"
    })
@SuppressWarnings("NullAway.Init") // picocli sets what is annotated
final class CompletionCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    var root = spec.root();
    ((Penstock) root.userObject())
        .terminal()
        .out()
        .print(AutoComplete.bash("penstock", root.commandLine()));
    root.commandLine().getOut().flush();
  }
}
