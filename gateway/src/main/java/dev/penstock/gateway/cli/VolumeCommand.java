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

  @Command(name = "delete", description = "Deletes a volume and every byte in it.")
  void delete(
      @Parameters(paramLabel = "VOLUME") String volume,
      @Option(
              names = {"-y", "--yes"},
              description = "Do not ask.")
          boolean yes) {
    confirm(yes, "Delete volume " + volume + " and every byte in it?");
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
