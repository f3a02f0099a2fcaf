package dev.penstock.gateway.cli;

import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Is the gateway until one volume has come: what a supervisor starts in place of a listener. */
@Command(
    name = "receive",
    description = {
      "Runs a gateway until it owns a volume that it receives, and ends with 0 only then.",
      "Without CONFIG: the first of $PENSTOCK_CONFIG and /etc/penstock/penstock.yaml that is there."
    })
@SuppressWarnings("NullAway.Init") // picocli sets what is annotated
final class ReceiveCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(
      index = "0",
      paramLabel = "VOLUME",
      description = "It stands under receive of an nbd module.")
  private String volume;

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "CONFIG",
      description = "The configuration file.")
  private @Nullable Path config;

  @Override
  public Integer call() {
    var penstock = (Penstock) spec.root().userObject();
    Path file = RunCommand.config(Optional.ofNullable(config), penstock.environment());
    return penstock.daemon().receive(file, volume).code();
  }
}
