package dev.penstock.gateway.cli;

import com.fasterxml.jackson.databind.JsonNode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What somebody types who has lost something: a clone, and the words for what comes next. */
@Command(
    name = "restore",
    description = {
      "Brings back what a volume was at a snapshot, as a new volume that can be written.",
      "Takes no time and no room, and leaves the volume and its snapshots as they are."
    })
@SuppressWarnings("NullAway.Init") // picocli sets what is annotated
final class RestoreCommand extends Group {
  @Parameters(paramLabel = "VOLUME@SNAPSHOT", description = "What to bring back.")
  private String snapshot;

  @Option(
      names = "--as",
      required = true,
      paramLabel = "NAME",
      description = "What the new volume is called.")
  private String name;

  @Override
  public void run() {
    SnapshotPath from = SnapshotPath.of(snapshot);
    JsonNode made =
        client().send("PUT", path("volumes", name), body().put("from", from.toString()));
    if (penstock().json()) {
      json(made);
      return;
    }
    say(
        "%s is what %s was: %s in store %s"
            .formatted(
                name,
                from,
                Sizes.bytes(made.path("size_bytes").asLong()),
                made.path("store").asText()));
    say("serve it: penstock export create %s".formatted(name));
    say("be rid of it: penstock volume delete %s".formatted(name));
  }
}
