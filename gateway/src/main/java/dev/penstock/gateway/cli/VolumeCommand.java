package dev.penstock.gateway.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.penstock.gateway.ExitCode;
import dev.penstock.spi.config.Quantities;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Volumes. */
@Command(
    name = "volume",
    description = "Volumes: the bytes that are served.",
    synopsisSubcommandLabel = "COMMAND")
final class VolumeCommand extends Group {
  static Table table() {
    return new Table(
        Table.text("VOLUME", "name"),
        Table.text("STORE", "store"),
        Table.bytes("SIZE", "size_bytes"),
        Table.bytes("STORED", "stored_bytes"),
        Table.text("STATE", "state"),
        Table.text("REPLICA", "replica"),
        Table.list("USED BY", "users"));
  }

  @Command(name = "list", description = "Lists the volumes of all stores.")
  void list() {
    list("/v1/volumes", "volumes", table());
  }

  @Command(name = "show", description = "Shows everything about a volume.")
  void show(@Parameters(paramLabel = "VOLUME") String volume) {
    show(client().get(path("volumes", volume)));
  }

  @Command(name = "create", description = "Creates a volume that reads as zeroes.")
  void create(
      @Parameters(paramLabel = "VOLUME") String volume,
      @Parameters(paramLabel = "SIZE", description = "Bytes, or 512MiB, 10GiB, 1TiB.") String size,
      @Option(
              names = "--store",
              paramLabel = "STORE",
              defaultValue = "",
              description = "Where; not needed if there is only one store.")
          String store) {
    var body = body().put("size_bytes", bytes(size));
    if (!store.isEmpty()) body.put("store", store);
    JsonNode made = client().send("PUT", path("volumes", volume), body);
    done(
        made,
        "created %s: %s in store %s"
            .formatted(
                volume,
                Sizes.bytes(made.path("size_bytes").asLong()),
                made.path("store").asText()));
  }

  @Command(
      name = "resize",
      description =
          "Makes a volume larger or, if you are sure, smaller: what is past the end is gone.")
  void resize(
      @Parameters(paramLabel = "VOLUME") String volume,
      @Parameters(paramLabel = "SIZE", description = "Bytes, or 512MiB, 10GiB, 1TiB.") String size,
      @Option(
              names = {"-y", "--yes"},
              description = "Do not ask.")
          boolean yes) {
    long wanted = bytes(size);
    AdminClient client = client();
    var now = client.call("GET", path("volumes", volume), Optional.empty(), Map.of());
    long had = now.body().path("size_bytes").asLong();
    if (wanted < had)
      confirm(
          yes,
          "Cut %s from %s to %s? What is past the new end is lost."
              .formatted(volume, Sizes.bytes(had), Sizes.bytes(wanted)));
    var resized =
        client.call(
            "PATCH",
            path("volumes", volume),
            Optional.of(body().put("size_bytes", wanted)),
            now.etag().map(etag -> Map.of("If-Match", etag)).orElse(Map.of()));
    done(resized.body(), "%s is %s now".formatted(volume, Sizes.bytes(wanted)));
  }

  @Command(
      name = "clone",
      description = "Creates a volume that begins as a snapshot is, and shares its bytes.")
  void clone(
      @Parameters(paramLabel = "VOLUME@SNAPSHOT") String snapshot,
      @Parameters(paramLabel = "NAME", description = "What the new volume is called.")
          String name) {
    JsonNode made =
        client()
            .send(
                "PUT",
                path("volumes", name),
                body().put("from", SnapshotPath.of(snapshot).toString()));
    done(
        made,
        "created %s from %s: %s in store %s"
            .formatted(
                name,
                snapshot,
                Sizes.bytes(made.path("size_bytes").asLong()),
                made.path("store").asText()));
  }

  @Command(
      name = "promote",
      description = {
        "Makes a replica writable: it follows no other volume any more.",
        "What it was is what is there now; \"volume rollback\" makes it an earlier snapshot."
      })
  void promote(@Parameters(paramLabel = "VOLUME") String volume) {
    done(
        client().send("POST", path("volumes", volume) + "/promote"),
        "%s can be written now, and receives no snapshots any more".formatted(volume));
  }

  @Command(
      name = "demote",
      description = "Makes a volume a replica: nobody writes it, and snapshots can be received.")
  void demote(@Parameters(paramLabel = "VOLUME") String volume) {
    done(
        client().send("POST", path("volumes", volume) + "/demote"),
        "%s is a replica now, and is not written until \"penstock volume promote %s\""
            .formatted(volume, volume));
  }

  @Command(
      name = "rollback",
      description = "Makes a volume what it was at a snapshot; what was written since is lost.")
  void rollback(
      @Parameters(paramLabel = "VOLUME@SNAPSHOT") String snapshot,
      @Option(
              names = {"-y", "--yes"},
              description = "Do not ask.")
          boolean yes) {
    AdminClient client = client();
    var path = SnapshotPath.of(snapshot);
    var seen = client.call("GET", path.path(), Optional.empty(), Map.of());
    confirm(
        yes,
        "Make %s what it was at %s? What was written since its last snapshot is lost."
            .formatted(path.volume(), seen.body().path("created_at").asText()));
    var rolled =
        client.call(
            "POST",
            path("volumes", path.volume()) + "/rollback",
            Optional.of(body().put("snapshot", path.snapshot())),
            seen.etag().map(etag -> Map.of("If-Match", etag)).orElse(Map.of()));
    done(rolled.body(), "%s is what it was: %s".formatted(path.volume(), snapshot));
  }

  @Command(
      name = "verify",
      description = {
        "Looks at everything that is stored of a volume, and changes nothing.",
        "Ends with 0 if all of it can be vouched for, with 6 if there is damage."
      })
  void verify(@Parameters(paramLabel = "VOLUME") String volume) throws InterruptedException {
    String path = path("volumes", volume) + "/verify";
    JsonNode status = new TaskWatch(this).await(client().send("POST", path).path("task").asText());
    JsonNode last = client().get(path);
    findings(last);
    if (last.path("damaged").asBoolean())
      throw new Failure(ExitCode.DAMAGED, volume + " is damaged");
    if (!last.path("complete").asBoolean())
      throw new Failure(
          ExitCode.FAILED,
          "%s was not looked at to the end: %s".formatted(volume, status.path("outcome").asText()));
    if (!penstock().json())
      say("%s is sound; findings: %d".formatted(volume, last.path("findings_total").asLong()));
  }

  @Command(
      name = "repair",
      description = {
        "Gives back what is stored of a volume and nobody can read: without --apply, says what it"
            + " would do.",
        "The volume must not be in use. What cannot be explained stays; of a damaged volume,"
            + " everything.",
        "Ends with 0 if all of it can be vouched for, with 6 if there is damage."
      })
  void repair(
      @Parameters(paramLabel = "VOLUME") String volume,
      @Option(names = "--apply", description = "Do it.") boolean apply)
      throws InterruptedException {
    String path = path("volumes", volume) + "/repair";
    JsonNode begun = client().send("POST", path, body().put("apply", apply));
    JsonNode status = new TaskWatch(this).await(begun.path("task").asText());
    JsonNode last = client().get(path);
    findings(last);
    if (last.path("damaged").asBoolean())
      throw new Failure(ExitCode.DAMAGED, volume + " is damaged; nothing was repaired");
    if (!last.path("complete").asBoolean())
      throw new Failure(
          ExitCode.FAILED,
          "%s was not repaired to the end: %s".formatted(volume, status.path("outcome").asText()));
    if (penstock().json()) return;
    long findings = last.path("findings_total").asLong();
    if (findings == 0) say("%s: there is nothing to repair".formatted(volume));
    else if (apply) say("%s is repaired; findings: %d".formatted(volume, findings));
    else say("%s: nothing was changed; --apply does it; findings: %d".formatted(volume, findings));
  }

  @Command(
      name = "delete",
      description = "Deletes a volume, its snapshots, and every byte in them.")
  void delete(
      @Parameters(paramLabel = "VOLUME") String volume,
      @Option(
              names = {"-y", "--yes"},
              description = "Do not ask.")
          boolean yes) {
    confirm(yes, "Delete volume " + volume + ", its snapshots, and every byte in them?");
    done(client().send("DELETE", path("volumes", volume)), "deleted " + volume);
  }

  @Command(
      name = "freeze",
      description =
          "Lets no write through until \"volume thaw\"; clients wait, and none is refused.")
  void freeze(
      @Parameters(paramLabel = "VOLUME") String volume,
      @Option(
              names = "--limit",
              paramLabel = "TIME",
              defaultValue = "10s",
              description = "How long writes under way may take; 10s if not given.")
          String limit) {
    done(
        client().send("POST", path("volumes", volume) + "/freeze", body().put("limit", limit)),
        volume + " is frozen; \"penstock volume thaw " + volume + "\" lets writes through again");
  }

  @Command(name = "thaw", description = "Lets writes through again.")
  void thaw(@Parameters(paramLabel = "VOLUME") String volume) {
    done(client().send("POST", path("volumes", volume) + "/thaw"), volume + " takes writes again");
  }

  private static long bytes(String size) {
    return Quantities.bytes(size)
        .orElseThrow(() ->
            new Failure(
                ExitCode.USAGE,
                "\"" + size + "\" is no size; write bytes, or 512MiB, 10GiB, 1TiB"));
  }
}
