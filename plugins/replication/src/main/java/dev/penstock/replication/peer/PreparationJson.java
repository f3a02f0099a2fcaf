package dev.penstock.replication.peer;

import dev.penstock.replication.plan.Plan.Preparation;
import dev.penstock.replication.plan.Version;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.volume.SnapshotInfo;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;

/** What a receiver is asked to do before it receives, as it crosses to it. */
final class PreparationJson {
  private PreparationJson() {}

  static JsonObject write(Preparation what) {
    return switch (what) {
      case Preparation.DiscardPartial _ -> new JsonObject().put("what", "discard_partial");
      case Preparation.KeepAside(Version newest) ->
          new JsonObject().put("what", "keep_aside").put("newest", version(newest));
      case Preparation.RollBack(Version to, List<Version> destroyed) -> {
        var going = new JsonArray();
        destroyed.forEach(one -> going.add(version(one)));
        yield new JsonObject()
            .put("what", "roll_back")
            .put("to", version(to))
            .put("destroyed", going);
      }
    };
  }

  static Preparation read(JsonObject json) {
    return HistoryJson.sound(() ->
        switch (json.getString("what", "")) {
          case "discard_partial" -> new Preparation.DiscardPartial();
          case "keep_aside" -> new Preparation.KeepAside(version(json.getJsonArray("newest")));
          case "roll_back" -> {
            List<Version> destroyed = new ArrayList<>();
            for (Object one : json.getJsonArray("destroyed"))
              destroyed.add(version((JsonArray) one));
            yield new Preparation.RollBack(version(json.getJsonArray("to")), destroyed);
          }
          default ->
              throw new GatewayError.Invalid(
                  "the peer wants \"%s\" done, which is not known here"
                      .formatted(json.getString("what", "")));
        });
  }

  private static JsonArray version(Version version) {
    return HistoryJson.json(
        new SnapshotInfo(
            version.guid(),
            version.name(),
            version.sizeBytes(),
            version.createdAt(),
            version.holds()));
  }

  private static Version version(JsonArray json) {
    SnapshotInfo info = HistoryJson.snapshot(json);
    return new Version(
        Version.Kind.SNAPSHOT,
        info.guid(),
        info.name(),
        0,
        info.createdAt(),
        info.sizeBytes(),
        info.holds());
  }
}
