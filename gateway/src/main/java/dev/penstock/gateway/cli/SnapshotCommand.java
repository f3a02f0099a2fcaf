package dev.penstock.gateway.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.penstock.gateway.ExitCode;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Snapshots. */
@Command(
    name = "snapshot",
    description = "Snapshots: volumes as they were, by name: demo@monday.",
    synopsisSubcommandLabel = "COMMAND")
final class SnapshotCommand extends Group {
  private static final String ALL = "/v1/snapshots";
  private static final String SNAPSHOT = "VOLUME@SNAPSHOT";

  @Command(
      name = "create",
      description = {
        "Keeps a volume as it is now; several of them at one instant.",
        "Clients' writes wait for a moment. Of several all are taken, or none."
      })
  void create(
      @Parameters(paramLabel = SNAPSHOT, arity = "1..*") List<String> snapshots,
      @Option(
              names = "--limit",
              paramLabel = "TIME",
              defaultValue = "10s",
              description = "How long writes may wait; 10s if not given.")
          String limit) {
    var body = body().put("limit", limit);
    JsonNode made;
    if (snapshots.size() == 1)
      made = client().send("PUT", SnapshotPath.of(snapshots.getFirst()).path(), body);
    else {
      snapshots.forEach(body.putArray("snapshots")::add);
      made = client().send("POST", ALL, body);
    }
    for (JsonNode warning : made.path("warnings"))
      terminal().err().println("penstock: " + Table.visible(warning.asText()));
    done(
        made,
        "created %s; writes waited for %.1f ms"
            .formatted(String.join(", ", snapshots), made.path("held_seconds").asDouble() * 1000));
  }

  @Command(name = "list", description = "Lists the snapshots of a volume, or of all.")
  void list(
      @Parameters(
              paramLabel = "VOLUME",
              arity = "0..1",
              defaultValue = "",
              description = "Whose; all if not given.")
          String volume) {
    list(
        volume.isEmpty() ? ALL : path("volumes", volume) + "/snapshots",
        "snapshots",
        new Table(
            Table.text("SNAPSHOT", "name"),
            Table.bytes("SIZE", "size_bytes"),
            Table.text("CREATED", "created_at"),
            Table.list("HOLDS", "holds"),
            Table.text("NEEDED BY", "leases")));
  }

  @Command(name = "show", description = "Shows everything about a snapshot.")
  void show(@Parameters(paramLabel = SNAPSHOT) String snapshot) {
    show(client().get(SnapshotPath.of(snapshot).path()));
  }

  @Command(name = "space", description = "Shows what each snapshot of a volume takes.")
  void space(@Parameters(paramLabel = "VOLUME") String volume) {
    list(
        path("volumes", volume) + "/space",
        "snapshots",
        new Table(
            Table.text("SNAPSHOT", "name"),
            Table.bytes("UNIQUE", "unique_bytes"),
            Table.bytes("SHARED", "shared_bytes")));
  }

  @Command(
      name = "destroy",
      description = "Destroys snapshots, each on its own; what is open, leased or held stays.")
  void destroy(
      @Parameters(paramLabel = SNAPSHOT, arity = "1..*") List<String> snapshots,
      @Option(
              names = {"-y", "--yes"},
              description = "Do not ask.")
          boolean yes) {
    AdminClient client = client();
    var body = body();
    ArrayNode seen = body.putArray("snapshots");
    Map<String, JsonNode> lists = new HashMap<>();
    for (String snapshot : snapshots) seen.add(seenNow(client, snapshot, lists));
    confirm(yes, "Destroy " + String.join(", ", snapshots) + "?");
    JsonNode answer = client.send("POST", ALL + "/destroy", body);
    if (penstock().json()) json(answer);
    int stay = 0;
    for (JsonNode one : answer.path("results"))
      if (!one.path("destroyed").asBoolean()) {
        stay++;
        terminal()
            .err()
            .println("penstock: %s stays: %s".formatted(name(one), one.path("reason").asText()));
      } else if (!penstock().json()) say("destroyed " + name(one));
    if (stay > 0) throw new Failure(ExitCode.FAILED, "not destroyed: %d".formatted(stay));
  }

  /** With its guid: what is destroyed is what whoever says yes has been asked about. */
  private static ObjectNode seenNow(
      AdminClient client, String snapshot, Map<String, JsonNode> lists) {
    var path = SnapshotPath.of(snapshot);
    JsonNode list =
        lists.computeIfAbsent(
            path.volume(), volume -> client.get(path("volumes", volume) + "/snapshots"));
    for (JsonNode one : list.path("snapshots"))
      if (name(one).equals(snapshot))
        return body().put("name", snapshot).put("guid", one.path("guid").asText());
    throw new Failure(ExitCode.NOT_FOUND, "there is no snapshot " + snapshot);
  }

  @Command(name = "hold", description = "Keeps a snapshot from being destroyed.")
  void hold(
      @Parameters(paramLabel = SNAPSHOT) String snapshot,
      @Parameters(paramLabel = "TAG", description = "Why, in a word.") String tag) {
    done(
        client().send("PUT", SnapshotPath.of(snapshot).hold(tag)),
        "%s is held: %s".formatted(snapshot, tag));
  }

  @Command(name = "release", description = "Takes a hold back.")
  void release(
      @Parameters(paramLabel = SNAPSHOT) String snapshot,
      @Parameters(paramLabel = "TAG", description = "Of which hold.") String tag) {
    done(
        client().send("DELETE", SnapshotPath.of(snapshot).hold(tag)),
        "%s is not held by %s".formatted(snapshot, tag));
  }

  @Command(
      name = "diff",
      description = {
        "Lists what may differ between two snapshots of a volume.",
        "With one, everything that it holds. With --json a line for each extent."
      })
  void diff(
      @Parameters(
              paramLabel = SNAPSHOT,
              arity = "1..2",
              description = "The earlier one, and the one that it became; or one alone.")
          List<String> snapshots) {
    var to = SnapshotPath.of(snapshots.getLast());
    String query = "/diff?extents=10000";
    if (snapshots.size() == 2) query += "&from=" + to.other(snapshots.getFirst());
    Map<String, String> match = Map.of();
    long dataBytes = 0;
    long zeroBytes = 0;
    for (long offset = 0; ; ) {
      var page =
          client().call("GET", to.path() + query + "&offset=" + offset, Optional.empty(), match);
      for (JsonNode extent : page.body().path("extents")) {
        tell(extent);
        if (extent.path("kind").asText().equals("data"))
          dataBytes += extent.path("length_bytes").asLong();
        else zeroBytes += extent.path("length_bytes").asLong();
      }
      if (!page.body().has("next_offset")) break;
      offset = page.body().path("next_offset").asLong();
      match = page.etag().map(etag -> Map.of("If-Match", etag)).orElse(Map.of());
    }
    if (!penstock().json())
      say("%s of data, %s of zeroes".formatted(Sizes.bytes(dataBytes), Sizes.bytes(zeroBytes)));
  }

  private void tell(JsonNode extent) {
    if (penstock().json()) say(extent.toString());
    else
      say(
          "%16d %12s %s"
              .formatted(
                  extent.path("offset").asLong(),
                  Sizes.bytes(extent.path("length_bytes").asLong()),
                  extent.path("kind").asText()));
  }

  private static String name(JsonNode one) {
    return one.path("name").asText();
  }
}
