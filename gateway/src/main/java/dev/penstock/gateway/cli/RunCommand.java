package dev.penstock.gateway.cli;

import dev.penstock.gateway.ExitCode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Is the gateway, until it is stopped. */
@Command(
    name = "run",
    description = {
      "Runs a gateway until it is stopped with SIGTERM or Ctrl-C.",
      "Without CONFIG: the first of $PENSTOCK_CONFIG and /etc/penstock/penstock.yaml that is there."
    })
@SuppressWarnings("NullAway.Init") // picocli sets what is annotated
final class RunCommand implements Callable<Integer> {
  static final String CONFIG_VARIABLE = "PENSTOCK_CONFIG";
  private static final Path STANDARD = Path.of("/etc/penstock/penstock.yaml");

  @Spec private CommandSpec spec;

  @Parameters(arity = "0..1", paramLabel = "CONFIG", description = "The configuration file.")
  private @Nullable Path config;

  @Override
  public Integer call() {
    var penstock = (Penstock) spec.root().userObject();
    Path file = config(Optional.ofNullable(config), penstock.environment());
    return penstock.daemon().run(file).code();
  }

  /** The file that is meant, whether or not one is named. */
  static Path config(Optional<Path> named, Map<String, String> environment) {
    if (named.isPresent()) return named.get();
    Path place =
        Optional.ofNullable(environment.get(CONFIG_VARIABLE)).map(Path::of).orElse(STANDARD);
    if (Files.exists(place)) return place;
    throw new Failure(
        ExitCode.USAGE,
        "no configuration is given, and %s is not there: penstock run CONFIG".formatted(place));
  }
}
