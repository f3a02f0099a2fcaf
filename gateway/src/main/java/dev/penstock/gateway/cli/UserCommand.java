package dev.penstock.gateway.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.gateway.ExitCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Users of content. */
@Command(
    name = "user",
    description = "Users of git-annex repositories: their passwords, tokens and rights.",
    synopsisSubcommandLabel = "COMMAND")
final class UserCommand extends Group {
  @Command(name = "list", description = "Lists the users, and what each may do where.")
  void list() {
    list(
        "/v1/p2p/users",
        "users",
        new Table(
            Table.text("USER", "name"),
            Table.text("CONFIGURED", "configured"),
            Table.text("PASSWORD", "password"),
            Table.text("TOKENS", "tokens"),
            Table.text("RIGHTS", "rights")));
  }

  @Command(
      name = "set",
      description = {
        "Adds a user, or changes what is given of one.",
        "A password comes from a file, so that it stands neither in the shell's history nor among"
            + " the processes."
      })
  void set(
      @Parameters(paramLabel = "USER") String user,
      @Option(
              names = "--password-file",
              paramLabel = "FILE",
              description = "Its first line is the password; - for standard input.")
          Optional<Path> password,
      @Option(
              names = "--right",
              paramLabel = "REPOSITORY=RIGHT",
              description =
                  "none, read, append or all, of a repository, a cluster, or * for all others.")
          Map<String, String> rights) {
    ObjectNode wanted = body();
    password.ifPresent(file -> wanted.put("password", firstLine(file)));
    if (rights != null) {
      ObjectNode each = wanted.putObject("rights");
      rights.forEach(each::put);
    }
    if (wanted.isEmpty())
      throw new Failure(ExitCode.USAGE, "write --password-file, --right, or both");
    done(client().send("PUT", path("p2p/users", user), wanted), "set " + user);
  }

  private static String firstLine(Path file) {
    Path from = file.equals(Path.of("-")) ? Path.of("/dev/stdin") : file;
    try (var lines = Files.newBufferedReader(from)) {
      String line = lines.readLine();
      if (line == null || line.isEmpty())
        throw new Failure(ExitCode.USAGE, "there is no password in " + file);
      return line;
    } catch (IOException e) {
      throw new Failure(ExitCode.USAGE, "%s cannot be read: %s".formatted(file, e.getMessage()));
    }
  }

  @Command(name = "remove", description = "Refuses a user from now on, and all of its tokens.")
  void remove(
      @Parameters(paramLabel = "USER") String user,
      @Option(
              names = {"-y", "--yes"},
              description = "Do not ask.")
          boolean yes) {
    confirm(yes, "Remove user " + user + "?");
    done(client().send("DELETE", path("p2p/users", user)), "removed " + user);
  }

  @Command(
      name = "token",
      description = {
        "Makes a token that stands for a user, and writes it, this once.",
        "Clients send it as the user's password, or as Bearer."
      })
  void token(@Parameters(paramLabel = "USER") String user) {
    JsonNode made = client().send("POST", path("p2p/users", user) + "/tokens", body());
    done(made, made.path("token").asText());
    if (terminal().interactive())
      terminal()
          .err()
          .println("Keep it: it is not shown again. " + made.path("id").asText() + " is its id.");
  }

  @Command(name = "revoke", description = "Refuses one token of a user from now on.")
  void revoke(
      @Parameters(paramLabel = "USER") String user,
      @Parameters(paramLabel = "TOKEN", description = "Its id: see list.") String token) {
    String path = path("p2p/users", user) + "/tokens/" + AdminClient.segment(token);
    done(client().send("DELETE", path), "revoked " + token);
  }
}
