package dev.penstock.volumes.manifest;

import dev.penstock.spi.GatewayError;
import dev.penstock.volumes.manifest.Manifest.Incoming;
import dev.penstock.volumes.manifest.Manifest.Layer;
import dev.penstock.volumes.manifest.Manifest.Snapshot;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;

/**
 * A manifest as bytes. A member that is not known is refused like a newer format: rewriting the
 * manifest without it would lose what it says.
 */
public final class ManifestFormat {
  public static final int VERSION = 1;

  /** Only where it is true: whoever does not know it yet leaves such a volume alone. */
  private static final String REPLICA = "replica";

  private static final Set<String> MEMBERS =
      Set.of(
          "format",
          "volume",
          "created",
          "seq",
          "epoch",
          "size",
          "head",
          "layers",
          "snapshots",
          "next",
          "dropped",
          "incoming",
          REPLICA);

  private static final Set<String> LAYER_MEMBERS = Set.of("parent", "size");
  private static final Set<String> SNAPSHOT_MEMBERS = Set.of("layer", "guid", "created", "holds");
  private static final Set<String> INCOMING_MEMBERS =
      Set.of("layer", "guid", "name", "created", "from", "reached");

  // What each takes, so that the text seldom has to grow.
  private static final int HEAD_CHARACTERS = 1024;
  private static final int LAYER_CHARACTERS = 128;
  private static final int SNAPSHOT_CHARACTERS = 256;

  private ManifestFormat() {}

  public static byte[] encode(Manifest manifest) {
    JsonText json =
        new JsonText(
                HEAD_CHARACTERS
                    + manifest.layers().size() * LAYER_CHARACTERS
                    + manifest.snapshots().size() * SNAPSHOT_CHARACTERS)
            .put("format", VERSION)
            .put("volume", manifest.volume().toString())
            .put("created", manifest.created().toString())
            .put("seq", manifest.seq())
            .put("epoch", manifest.epoch())
            .put("size", manifest.sizeBytes())
            .put("head", manifest.head())
            .begin("layers");
    new TreeMap<>(manifest.layers()).forEach((id, layer) -> encode(id, layer, json));
    json.end().begin("snapshots");
    manifest.snapshots().forEach((name, snapshot) -> encode(name, snapshot, json));
    json.end().put("next", manifest.next()).put("dropped", manifest.dropped()); // in order already
    manifest.incoming().ifPresent(incoming -> encode(incoming, json));
    if (manifest.replica()) json.put(REPLICA, true);
    return SealedJson.seal(json.done());
  }

  private static void encode(String id, Layer layer, JsonText json) {
    json.begin(id);
    layer
        .parent()
        .ifPresentOrElse(parent -> json.put("parent", parent), () -> json.putNull("parent"));
    json.put("size", layer.sizeBytes()).end();
  }

  private static void encode(String name, Snapshot snapshot, JsonText json) {
    json.begin(name)
        .put("layer", snapshot.layer())
        .put("guid", snapshot.guid().toString())
        .put("created", snapshot.created().toString())
        .put("holds", new TreeSet<>(snapshot.holds()))
        .end();
  }

  private static void encode(Incoming incoming, JsonText json) {
    json.begin("incoming")
        .put("layer", incoming.layer())
        .put("guid", incoming.guid().toString())
        .put("name", incoming.name())
        .put("created", incoming.created().toString());
    incoming
        .from()
        .ifPresentOrElse(from -> json.put("from", from.toString()), () -> json.putNull("from"));
    json.put("reached", incoming.reachedBytes()).end();
  }

  /**
   * Throws what {@link SealedJson#open} does, and {@link GatewayError.Damaged} for contradictions.
   *
   * @param file what messages call it
   */
  public static Manifest decode(String file, byte[] bytes) {
    JsonObject json = SealedJson.open(file, bytes, VERSION);
    try {
      SealedJson.refuseOthers(file, json, MEMBERS);
      Manifest manifest =
          new Manifest(
              UUID.fromString(text(json, "volume")),
              Instant.parse(text(json, "created")),
              number(json, "seq"),
              number(json, "epoch"),
              number(json, "size"),
              text(json, "head"),
              layers(file, object(json, "layers")),
              snapshots(file, object(json, "snapshots")),
              text(json, "next"),
              texts(json, "dropped"),
              incoming(file, json),
              json.getBoolean(REPLICA, false));
      manifest.contradiction().ifPresent(why -> refuse(file, why));
      return manifest;
    } catch (IllegalArgumentException | ClassCastException | DateTimeException e) {
      throw new GatewayError.Damaged(
          "%s makes no sense: %s; %s".formatted(file, e.getMessage(), SealedJson.RESTORE), e);
    }
  }

  private static Map<String, Layer> layers(String file, JsonObject json) {
    Map<String, Layer> layers = new HashMap<>();
    for (String id : json.fieldNames()) {
      JsonObject layer = object(json, id);
      SealedJson.refuseOthers(file, layer, LAYER_MEMBERS);
      layers.put(
          id, new Layer(Optional.ofNullable(layer.getString("parent")), number(layer, "size")));
    }
    return layers;
  }

  private static Map<String, Snapshot> snapshots(String file, JsonObject json) {
    Map<String, Snapshot> snapshots = new LinkedHashMap<>();
    for (String name : json.fieldNames()) {
      JsonObject snapshot = object(json, name);
      SealedJson.refuseOthers(file, snapshot, SNAPSHOT_MEMBERS);
      snapshots.put(
          name,
          new Snapshot(
              text(snapshot, "layer"),
              UUID.fromString(text(snapshot, "guid")),
              Instant.parse(text(snapshot, "created")),
              texts(snapshot, "holds")));
    }
    return snapshots;
  }

  private static Optional<Incoming> incoming(String file, JsonObject json) {
    if (!json.containsKey("incoming")) return Optional.empty();
    JsonObject incoming = object(json, "incoming");
    SealedJson.refuseOthers(file, incoming, INCOMING_MEMBERS);
    return Optional.of(
        new Incoming(
            text(incoming, "layer"),
            UUID.fromString(text(incoming, "guid")),
            text(incoming, "name"),
            Instant.parse(text(incoming, "created")),
            Optional.ofNullable(incoming.getString("from")).map(UUID::fromString),
            number(incoming, "reached")));
  }

  private static Set<String> texts(JsonObject json, String member) {
    JsonArray array = json.getJsonArray(member);
    if (array == null) throw new IllegalArgumentException(member + " is missing");
    Set<String> texts = new HashSet<>();
    for (int i = 0; i < array.size(); i++) texts.add(array.getString(i));
    return texts;
  }

  private static void refuse(String file, String why) {
    throw new GatewayError.Damaged(
        "%s contradicts itself: %s; %s".formatted(file, why, SealedJson.RESTORE));
  }

  private static String text(JsonObject json, String member) {
    String text = json.getString(member);
    if (text == null) throw new IllegalArgumentException(member + " is missing");
    return text;
  }

  private static long number(JsonObject json, String member) {
    Long number = json.getLong(member);
    if (number == null) throw new IllegalArgumentException(member + " is missing");
    return number;
  }

  private static JsonObject object(JsonObject json, String member) {
    JsonObject object = json.getJsonObject(member);
    if (object == null) throw new IllegalArgumentException(member + " is missing");
    return object;
  }
}
