package dev.penstock.gateway.cli;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Limits of all exports together. The nbd module answers these. */
@Command(
    name = "limits",
    description = "Limits: what clients can take from the gateway.",
    synopsisSubcommandLabel = "COMMAND")
final class LimitsCommand extends Group {
  private static final String PATH = "/v1/limits";

  @Command(name = "show", description = "Shows the limits in force.")
  void show() {
    show(client().get(PATH));
  }

  @Command(
      name = "set",
      description = {
        "Changes limits, live: until they are reset, or the configuration changes them."
      })
  void set(
      @Parameters(
              paramLabel = "LIMIT=VALUE",
              arity = "1..*",
              description = "As in connections=4096 handshake=5s total_bytes=256MiB.")
          Map<String, String> limits) {
    var body = body();
    limits.forEach(body::put);
    done(client().send("PATCH", PATH, body), "changed " + String.join(", ", limits.keySet()));
  }

  @Command(name = "reset", description = "Makes limits what the configuration says.")
  void reset(
      @Parameters(
              paramLabel = "LIMIT",
              arity = "0..*",
              description = "All that were changed live if none is given.")
          List<String> limits) {
    reset(PATH, Optional.ofNullable(limits).orElse(List.of()), "limits");
  }
}
