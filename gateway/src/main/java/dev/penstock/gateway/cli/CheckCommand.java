package dev.penstock.gateway.cli;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Finds everything that is wrong with a file, without a gateway. */
@Command(
    name = "check",
    description = "Says everything that is wrong with a configuration, and changes nothing.")
@SuppressWarnings("NullAway.Init") // picocli sets what is annotated
final class CheckCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "CONFIG", description = "The configuration file.")
  private Path config;

  @Override
  public Integer call() {
    return ((Penstock) spec.root().userObject()).daemon().check(config).code();
  }
}
