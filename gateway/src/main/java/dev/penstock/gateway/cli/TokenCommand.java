package dev.penstock.gateway.cli;

import com.fasterxml.jackson.databind.JsonNode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Tokens. */
@Command(
    name = "token",
    description = "Tokens: who may call the admin API over TCP, and what they may do.",
    synopsisSubcommandLabel = "COMMAND")
final class TokenCommand extends Group {
  @Command(name = "list", description = "Lists the tokens; their secrets are not kept anywhere.")
  void list() {
    list(
        "/v1/tokens",
        "tokens",
        new Table(
            Table.text("TOKEN", "name"),
            Table.text("ROLE", "role"),
            Table.text("CREATED", "created_at")));
  }

  @Command(
      name = "create",
      description = {
        "Makes a token and writes its secret, this once.",
        "Into a file:  penstock token create NAME > FILE"
      })
  void create(
      @Parameters(paramLabel = "NAME", description = "Who will use it; stands in the audit log.")
          String name,
      @Option(
              names = "--role",
              paramLabel = "ROLE",
              defaultValue = "reader",
              description =
                  "reader (looks), operator (runs things), admin (decides); reader if not given.")
          String role) {
    JsonNode made = client().send("PUT", path("tokens", name), body().put("role", role));
    done(made, made.path("secret").asText());
    if (terminal().interactive())
      terminal().err().println("Keep it: it is not shown again. Use it as PENSTOCK_TOKEN.");
  }

  @Command(name = "revoke", description = "Refuses a token from now on.")
  void revoke(
      @Parameters(paramLabel = "NAME") String name,
      @Option(
              names = {"-y", "--yes"},
              description = "Do not ask.")
          boolean yes) {
    confirm(yes, "Revoke token " + name + "?");
    done(client().send("DELETE", path("tokens", name)), "revoked " + name);
  }
}
