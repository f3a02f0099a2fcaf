package dev.penstock.gateway.cli;

import dev.penstock.gateway.ExitCode;
import dev.penstock.gateway.admin.TestAdmin;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** How a command ended that an operator typed. */
record Typed(ExitCode exit, String out, String err) {
  /** For commands that are clients of a gateway and none themselves. */
  static final Daemon NO_DAEMON =
      new Daemon() {
        @Override
        public ExitCode run(Path config) {
          throw new AssertionError("run");
        }

        @Override
        public ExitCode receive(Path config, String volume) {
          throw new AssertionError("receive");
        }

        @Override
        public ExitCode check(Path config) {
          throw new AssertionError("check");
        }
      };

  /**
   * Words with blanks between, typed where this API is.
   *
   * @param answer of somebody at a terminal; nobody is there if it is empty
   */
  static Typed line(TestAdmin admin, String line, Optional<String> answer) {
    var out = new StringWriter();
    var err = new StringWriter();
    var terminal =
        new Terminal(
            new PrintWriter(out, true),
            new PrintWriter(err, true),
            answer.isPresent(),
            () -> answer);
    ExitCode exit =
        Cli.execute(
            terminal,
            Map.of("PENSTOCK_SOCKET", admin.socket().toString()),
            NO_DAEMON,
            line.split(" +", -1));
    return new Typed(exit, out.toString(), err.toString());
  }
}
