package dev.penstock.gateway.cli;

import dev.penstock.gateway.ExitCode;
import java.nio.file.Path;

/** What the command line cannot do as a client: be the gateway. */
public interface Daemon {
  /** Runs the gateway on a configuration until it is stopped. Blocks. */
  ExitCode run(Path config);

  /** Runs the gateway until it owns a volume that it receives. Blocks. */
  ExitCode receive(Path config, String volume);

  /** Says everything that is wrong with a configuration, and changes nothing. */
  ExitCode check(Path config);
}
