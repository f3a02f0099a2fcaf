package dev.penstock.pruner.admin;

import dev.penstock.pruner.run.RunReport;
import dev.penstock.pruner.run.VolumeReport;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/** What came of runs, as callers see it. */
final class ReportJson {
  private ReportJson() {}

  static JsonObject run(RunReport run) {
    var json =
        new JsonObject()
            .put("task", run.task().toString())
            .put("state", word(run.state()))
            .put("started_at", run.startedAt().toString())
            .put("finished_at", run.finishedAt().toString())
            .put("policies", sorted(run.wanted().policies()))
            .put("by_hand", run.wanted().byHand())
            .put("volumes_total", run.volumesTotal())
            .put("destroyed", run.destroyed())
            .put("deferred", run.deferred())
            .put("for_room", run.forRoom())
            .put("volumes_not_done", run.notDone().size())
            .put("volumes", new JsonArray(run.volumes().stream().map(ReportJson::volume).toList()));
    run.error().ifPresent(error -> json.put("error", error));
    return json;
  }

  private static JsonObject volume(VolumeReport volume) {
    var json =
        new JsonObject()
            .put("volume", volume.volume())
            .put("state", word(volume.state()))
            .put("attempts", volume.attempts())
            .put("stay", volume.stay())
            .put("destroyed", new JsonArray(volume.destroyed()))
            .put("destroyed_count", volume.destroyedCount())
            .put("deferred", stayed(volume.deferred()))
            .put("deferred_count", volume.deferredCount())
            .put("for_room", stayed(volume.forRoom()))
            .put("for_room_count", volume.forRoomCount())
            .put("failed", stayed(volume.failed()))
            .put("failed_count", volume.failedCount())
            .put("unmatched", PlanJson.names(volume.unmatched()));
    volume.error().ifPresent(error -> json.put("error", error));
    volume.notBefore().ifPresent(at -> json.put("not_before", at.toString()));
    return json;
  }

  private static JsonArray stayed(List<VolumeReport.Stayed> all) {
    var json = new JsonArray();
    for (var one : all)
      json.add(new JsonObject().put("snapshot", one.snapshot()).put("why", one.why()));
    return json;
  }

  private static JsonArray sorted(Set<String> names) {
    return new JsonArray(List.copyOf(new TreeSet<>(names)));
  }

  private static String word(Enum<?> state) {
    return state.name().toLowerCase(Locale.ROOT);
  }
}
