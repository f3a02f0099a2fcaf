package dev.penstock.replication.peer;

import dev.penstock.replication.handoff.Answer;
import dev.penstock.replication.handoff.Message;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.ownership.Counterpart;
import dev.penstock.spi.ownership.Epoch;
import dev.penstock.spi.ownership.OwnershipJson;
import dev.penstock.spi.volume.VolumeName;
import io.vertx.core.json.JsonObject;
import java.util.Objects;
import java.util.Optional;

/**
 * What gateways say to each other while they hand a volume over. Who speaks is known from the
 * connection, and to whose volume from the path; only what it is called at the other end is said.
 */
final class HandoffJson {
  private HandoffJson() {}

  static JsonObject write(Message message) {
    return switch (message) {
      case Message.Offer(Epoch epoch, Counterpart from, long sizeBytes) ->
          named("offer", epoch).put("volume", from.volume()).put("size_bytes", sizeBytes);
      case Message.Last(Epoch epoch, String last) -> named("last", epoch).put("last", last);
      case Message.Commit(Epoch epoch) -> named("commit", epoch);
      case Message.Abort(Epoch epoch) -> named("abort", epoch);
      case Message.Ask(Epoch epoch) -> named("ask", epoch);
      case Message.Claim(Epoch epoch, Counterpart from) ->
          named("claim", epoch).put("volume", from.volume());
    };
  }

  /**
   * @param peer who says it
   */
  static Message message(JsonObject json, String peer) {
    return HistoryJson.sound(() -> {
      Epoch epoch = epoch(json);
      return switch (what(json)) {
        case "offer" ->
            new Message.Offer(
                epoch,
                counterpart(json, peer),
                HistoryJson.size(HistoryJson.number(json, "size_bytes")));
        case "last" -> new Message.Last(epoch, HistoryJson.text(json, "last"));
        case "commit" -> new Message.Commit(epoch);
        case "abort" -> new Message.Abort(epoch);
        case "ask" -> new Message.Ask(epoch);
        case "claim" -> new Message.Claim(epoch, counterpart(json, peer));
        default -> throw unknown("says", json);
      };
    });
  }

  static JsonObject write(Answer answer) {
    return switch (answer) {
      case Answer.Taken(Epoch epoch) -> named("taken", epoch);
      case Answer.Ready(Epoch epoch, String last) -> named("ready", epoch).put("last", last);
      case Answer.Lacking(Epoch epoch, Optional<String> newest) -> {
        JsonObject json = named("lacking", epoch);
        newest.ifPresent(here -> json.put("newest", here));
        yield json;
      }
      case Answer.Committed(Epoch epoch) -> named("committed", epoch);
      case Answer.Dropped(Epoch epoch) -> named("dropped", epoch);
      case Answer.Pending(Epoch epoch) -> named("pending", epoch);
      case Answer.Decided(Epoch epoch) -> named("decided", epoch);
      case Answer.Aborted(Epoch epoch) -> named("aborted", epoch);
      case Answer.Unknown(Epoch epoch) -> named("unknown", epoch);
      case Answer.Yielded(Epoch epoch) -> named("yielded", epoch);
      case Answer.Refused(Epoch epoch, String why, Epoch recorded, Optional<Epoch> stands) -> {
        JsonObject json =
            named("refused", epoch).put("why", why).put("recorded", OwnershipJson.epoch(recorded));
        stands.ifPresent(one -> json.put("stands", OwnershipJson.epoch(one)));
        yield json;
      }
    };
  }

  static Answer answer(JsonObject json) {
    return HistoryJson.sound(() -> {
      Epoch epoch = epoch(json);
      return switch (what(json)) {
        case "taken" -> new Answer.Taken(epoch);
        case "ready" -> new Answer.Ready(epoch, HistoryJson.text(json, "last"));
        case "lacking" -> new Answer.Lacking(epoch, Optional.ofNullable(json.getString("newest")));
        case "committed" -> new Answer.Committed(epoch);
        case "dropped" -> new Answer.Dropped(epoch);
        case "pending" -> new Answer.Pending(epoch);
        case "decided" -> new Answer.Decided(epoch);
        case "aborted" -> new Answer.Aborted(epoch);
        case "unknown" -> new Answer.Unknown(epoch);
        case "yielded" -> new Answer.Yielded(epoch);
        case "refused" -> refused(epoch, json);
        default -> throw unknown("answers", json);
      };
    });
  }

  private static Answer refused(Epoch epoch, JsonObject json) {
    return new Answer.Refused(
        epoch,
        HistoryJson.text(json, "why"),
        OwnershipJson.epoch(Objects.requireNonNull(json.getJsonArray("recorded"), "recorded")),
        Optional.ofNullable(json.getJsonArray("stands")).map(OwnershipJson::epoch));
  }

  private static JsonObject named(String what, Epoch epoch) {
    return new JsonObject().put("what", what).put("epoch", OwnershipJson.epoch(epoch));
  }

  private static String what(JsonObject json) {
    return json.getString("what", "");
  }

  private static Epoch epoch(JsonObject json) {
    return OwnershipJson.epoch(Objects.requireNonNull(json.getJsonArray("epoch"), "epoch"));
  }

  private static Counterpart counterpart(JsonObject json, String peer) {
    return new Counterpart(peer, VolumeName.require(HistoryJson.text(json, "volume")));
  }

  private static GatewayError unknown(String verb, JsonObject json) {
    return new GatewayError.Invalid(
        "the peer %s \"%s\", which is not known here".formatted(verb, what(json)));
  }
}
