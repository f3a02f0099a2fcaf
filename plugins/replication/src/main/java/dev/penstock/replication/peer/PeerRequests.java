package dev.penstock.replication.peer;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.ownership.Epoch;
import dev.penstock.spi.stream.StreamHeader;
import dev.penstock.spi.volume.SnapshotInfo;
import dev.penstock.spi.volume.VolumeName;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;

/** What requests of peers say in their paths, headers and bodies; all else is refused. */
public final class PeerRequests {
  /** What the names of a peer's jobs look like: they become part of tags. */
  private static final Pattern JOB = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_-]{0,47}");

  private PeerRequests() {}

  public static GatewayError unknown(HttpServerRequest request) {
    return new GatewayError.NotFound(
        "%s %s is nothing of version %d of the peer API"
            .formatted(request.method(), request.path(), Api.VERSION));
  }

  static String job(HttpServerRequest request) {
    String job = request.getHeader(Api.JOB_HEADER);
    if (job == null || !JOB.matcher(job).matches())
      throw new GatewayError.Invalid("the request does not say which job it is of");
    return job;
  }

  /** It becomes part of messages and of the names of tasks before anybody looks for it. */
  static String volume(String segment) {
    return VolumeName.require(
        HistoryJson.sound(() -> URLDecoder.decode(segment, StandardCharsets.UTF_8)));
  }

  static Optional<Integer> compression(HttpServerRequest request) {
    return Optional.ofNullable(request.getHeader(Api.COMPRESSION_HEADER))
        .map(text -> HistoryJson.sound(() -> Integer.valueOf(text)));
  }

  static Optional<Epoch> offer(HttpServerRequest request) {
    return Optional.ofNullable(request.getHeader(Api.OFFER_HEADER))
        .map(text -> HistoryJson.sound(() -> epoch(text)));
  }

  private static Epoch epoch(String text) {
    int slash = text.indexOf('/');
    if (slash < 0) throw new IllegalArgumentException(text + " is no epoch");
    return new Epoch(
        Long.parseLong(text.substring(0, slash)), UUID.fromString(text.substring(slash + 1)));
  }

  static StreamHeader header(HttpServerRequest request) {
    String text = request.getHeader(Api.STREAM_HEADER);
    if (text == null)
      throw new GatewayError.Invalid("the request does not say what its stream brings");
    return HistoryJson.header(text);
  }

  static Set<UUID> guids(JsonObject json, String key) {
    return HistoryJson.sound(() -> {
      Set<UUID> guids = new HashSet<>();
      for (Object one : json.getJsonArray(key)) guids.add(UUID.fromString((String) one));
      return guids;
    });
  }

  static List<SnapshotInfo> planned(JsonObject json) {
    return HistoryJson.sound(() -> {
      List<SnapshotInfo> planned = new ArrayList<>();
      for (Object one : json.getJsonArray("planned"))
        planned.add(HistoryJson.snapshot((JsonArray) one));
      return planned;
    });
  }
}
