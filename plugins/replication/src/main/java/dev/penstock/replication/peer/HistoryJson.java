package dev.penstock.replication.peer;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.snapshot.Snapshots.Histories;
import dev.penstock.spi.snapshot.VolumeHistory;
import dev.penstock.spi.stream.StreamHeader;
import dev.penstock.spi.volume.Partial;
import dev.penstock.spi.volume.SnapshotInfo;
import dev.penstock.spi.volume.VolumeInfo;
import dev.penstock.spi.volume.VolumeName;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * Volumes and snapshots as gateways tell each other of them. A snapshot is a list, since there are
 * many: guid, name, size, seconds and nanoseconds of its time, and then its holds.
 */
final class HistoryJson {
  private static final int HOLDS_FROM = 5;

  /** What a store can be asked to write down: four digits of a year. */
  private static final Instant TIME_MIN = Instant.parse("0001-01-01T00:00:00Z");

  private static final Instant TIME_MAX = Instant.parse("9999-12-31T23:59:59.999999999Z");

  private HistoryJson() {}

  /** A line for each volume, and one for each store that did not answer. */
  static Buffer lines(Histories histories) {
    Buffer lines = Buffer.buffer();
    for (VolumeHistory one : histories.volumes())
      lines.appendBuffer(json(one).toBuffer()).appendString("\n");
    histories
        .unanswered()
        .forEach((store, why) ->
            lines
                .appendBuffer(
                    new JsonObject()
                        .put("unanswered", store)
                        .put("error", ErrorJson.write(why))
                        .toBuffer())
                .appendString("\n"));
    return lines;
  }

  /** {@link GatewayError.Invalid} if it is nothing that {@link #lines} writes. */
  static Histories histories(Buffer lines) {
    return sound(() -> {
      List<VolumeHistory> volumes = new ArrayList<>();
      Map<String, GatewayError> unanswered = new HashMap<>();
      int from = 0;
      for (int at = 0; at < lines.length(); at++) {
        if (lines.getByte(at) != '\n') continue;
        JsonObject line = new JsonObject(lines.slice(from, at));
        from = at + 1;
        if (line.containsKey("unanswered"))
          unanswered.put(line.getString("unanswered"), ErrorJson.read(object(line, "error")));
        else volumes.add(readHistory(line));
      }
      if (from != lines.length()) throw new IllegalArgumentException("it ends within a line");
      return new Histories(volumes, unanswered);
    });
  }

  static JsonObject json(VolumeHistory history) {
    var json = new JsonObject().put("name", history.name()).put("store", history.store());
    history
        .volume()
        .ifPresent(info ->
            json.put("guid", info.guid().toString())
                .put("size_bytes", info.sizeBytes())
                .put("stored_bytes", info.storedBytes())
                .put("created_at", info.createdAt().toString())
                .put("replica", info.replica()));
    var snapshots = new JsonArray(new ArrayList<>(history.snapshots().size()));
    history.snapshots().forEach(info -> snapshots.add(json(info)));
    json.put("snapshots", snapshots);
    history
        .partial()
        .ifPresent(partial -> {
          var its =
              new JsonObject()
                  .put("to", partial.to().toString())
                  .put("name", partial.name())
                  .put("size_bytes", partial.sizeBytes())
                  .put("offset", partial.offset());
          partial.from().ifPresent(from -> its.put("from", from.toString()));
          json.put("partial", its);
        });
    return json;
  }

  static VolumeHistory history(JsonObject json) {
    return sound(() -> readHistory(json));
  }

  private static VolumeHistory readHistory(JsonObject json) {
    String name = VolumeName.require(text(json, "name"));
    List<SnapshotInfo> snapshots = new ArrayList<>();
    for (Object one : Objects.requireNonNull(json.getJsonArray("snapshots"), "snapshots"))
      snapshots.add(readSnapshot((JsonArray) one));
    Optional<VolumeInfo> info =
        json.containsKey("guid")
            ? Optional.of(
                new VolumeInfo(
                    guid(json, "guid"),
                    name,
                    size(number(json, "size_bytes")),
                    size(number(json, "stored_bytes")),
                    time(Instant.parse(text(json, "created_at"))),
                    json.getBoolean("replica", false)))
            : Optional.empty();
    Optional<Partial> partial =
        json.containsKey("partial")
            ? Optional.of(readPartial(object(json, "partial")))
            : Optional.empty();
    return new VolumeHistory(name, info, text(json, "store"), snapshots, partial);
  }

  private static Partial readPartial(JsonObject json) {
    return new Partial(
        Optional.ofNullable(json.getString("from")).map(UUID::fromString),
        guid(json, "to"),
        VolumeName.require(text(json, "name")),
        size(number(json, "size_bytes")),
        offset(json));
  }

  static JsonArray json(SnapshotInfo info) {
    Instant at = info.createdAt();
    var json =
        new JsonArray()
            .add(info.guid().toString())
            .add(info.name())
            .add(info.sizeBytes())
            .add(at.getEpochSecond())
            .add(at.getNano());
    info.holds().forEach(json::add);
    return json;
  }

  static SnapshotInfo snapshot(JsonArray json) {
    return sound(() -> readSnapshot(json));
  }

  private static SnapshotInfo readSnapshot(JsonArray json) {
    Set<String> holds = new HashSet<>();
    for (int i = HOLDS_FROM; i < json.size(); i++) holds.add(json.getString(i));
    return new SnapshotInfo(
        UUID.fromString(json.getString(0)),
        VolumeName.require(Objects.requireNonNull(json.getString(1), "name")),
        size(json.getLong(2)),
        time(Instant.ofEpochSecond(json.getLong(3), json.getLong(4))),
        holds);
  }

  static JsonObject json(StreamHeader header) {
    var json =
        new JsonObject()
            .put("volume", header.volume().toString())
            .put("to", header.to().toString())
            .put("name", header.name())
            .put("created_at", header.createdAt().toString())
            .put("size_bytes", header.sizeBytes())
            .put("offset", header.offset());
    header.from().ifPresent(from -> json.put("from", from.toString()));
    return json;
  }

  static StreamHeader header(String text) {
    return sound(() -> {
      var json = new JsonObject(text);
      return new StreamHeader(
          guid(json, "volume"),
          Optional.ofNullable(json.getString("from")).map(UUID::fromString),
          guid(json, "to"),
          VolumeName.require(text(json, "name")),
          time(Instant.parse(text(json, "created_at"))),
          size(number(json, "size_bytes")),
          offset(json));
    });
  }

  static UUID guid(JsonObject json, String key) {
    return UUID.fromString(text(json, key));
  }

  static String text(JsonObject json, String key) {
    return Objects.requireNonNull(json.getString(key), key);
  }

  static long number(JsonObject json, String key) {
    return Objects.requireNonNull(json.getLong(key), key);
  }

  static long size(long bytes) {
    if (bytes < 0) throw new IllegalArgumentException("a size is " + bytes);
    return bytes;
  }

  private static long offset(JsonObject json) {
    long offset = number(json, "offset");
    if (offset < 0 || offset > number(json, "size_bytes"))
      throw new IllegalArgumentException("an offset is " + offset);
    return offset;
  }

  private static Instant time(Instant at) {
    if (at.isBefore(TIME_MIN) || at.isAfter(TIME_MAX))
      throw new IllegalArgumentException("a time is " + at);
    return at;
  }

  private static JsonObject object(JsonObject json, String key) {
    return Objects.requireNonNull(json.getJsonObject(key), key);
  }

  /** What a peer sends that is none of this is its mistake. */
  static <T> T sound(Supplier<T> reading) {
    try {
      return reading.get();
    } catch (DecodeException
        | ClassCastException
        | NullPointerException
        | IndexOutOfBoundsException
        | IllegalArgumentException
        | DateTimeException
        | ArithmeticException e) {
      throw new GatewayError.Invalid("the peer sent what cannot be read: " + e);
    }
  }
}
