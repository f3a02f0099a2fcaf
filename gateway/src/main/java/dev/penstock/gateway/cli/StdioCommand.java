package dev.penstock.gateway.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.penstock.gateway.ExitCode;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The wire of a peer that comes through ssh. Nothing but what the gateway sends is written. */
@Command(
    name = "stdio",
    description = {
      "Carries bytes between standard input and output and this gateway, for a peer.",
      "A peer that comes through ssh runs it: 'command=\"penstock stdio --as laptop\",restrict'"
          + " before",
      "its key in authorized_keys lets it be laptop and nothing else.",
      "Ends with 0 when the gateway has ended the connection."
    })
@SuppressWarnings("NullAway.Init") // picocli sets what is annotated
final class StdioCommand extends Group {
  @Option(
      names = "--as",
      required = true,
      paramLabel = "PEER",
      description = "Who it is that calls, as the gateway knows it.")
  private String peer;

  @Override
  public void run() {
    JsonNode known = client().get(path("peers", peer));
    String socket = known.path("socket").asText("");
    if (socket.isEmpty())
      throw new Failure(
          ExitCode.CONFLICT,
          "peer %s does not come through a unix socket of this gateway; give it one: listen: { address: \"unix:/run/penstock/%s.sock\", peer: %s }"
              .formatted(peer, peer, peer));
    Terminal terminal = terminal();
    try (SocketPump pump = SocketPump.connect(Path.of(socket))) {
      pump.run(terminal.rawIn(), terminal.rawOut());
    } catch (SocketPump.NobodyThere e) {
      throw new Failure(
          ExitCode.UNREACHABLE,
          "nobody answers for peer %s at %s: %s".formatted(peer, socket, e.getMessage()));
    } catch (IOException e) {
      throw new Failure(
          ExitCode.FAILED, "the talk with the gateway broke off: %s".formatted(e.getMessage()));
    }
  }
}
