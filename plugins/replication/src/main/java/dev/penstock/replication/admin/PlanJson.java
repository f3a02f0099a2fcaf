package dev.penstock.replication.admin;

import dev.penstock.replication.plan.Plan;
import dev.penstock.replication.plan.Step;
import dev.penstock.replication.plan.Version;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Locale;

/** A plan as the API shows it. */
final class PlanJson {
  private PlanJson() {}

  static JsonObject write(Plan plan) {
    return switch (plan) {
      case Plan.UpToDate(Version newest) ->
          new JsonObject().put("state", "up_to_date").put("newest", newest.name());
      case Plan.Steps steps -> steps(steps);
      case Plan.Conflict(Plan.Reason reason, String why) ->
          new JsonObject()
              .put("state", "conflict")
              .put("reason", reason.name().toLowerCase(Locale.ROOT))
              .put("why", why);
    };
  }

  /** Of a run that takes a snapshot first: that there was none to be sent is no matter then. */
  static JsonObject afterSnapshot(Plan plan) {
    boolean hasNone =
        plan instanceof Plan.Conflict(Plan.Reason reason, String _)
            && reason == Plan.Reason.NO_SENDER_SNAPSHOTS;
    Plan left = hasNone ? new Plan.Steps(List.of(), List.of(), List.of()) : plan;
    return write(left).put("takes_snapshot", true);
  }

  private static JsonObject steps(Plan.Steps plan) {
    var before = new JsonArray();
    plan.before().forEach(what -> before.add(preparation(what)));
    var steps = new JsonArray();
    for (Step step : plan.steps()) {
      var json = new JsonObject().put("to", step.to().name()).put("resumed", step.resumed());
      step.from().ifPresent(from -> json.put("from", from.name()));
      steps.add(json);
    }
    var skipped = new JsonArray();
    plan.skipped().forEach(version -> skipped.add(version.name()));
    return new JsonObject()
        .put("state", "steps")
        .put("before", before)
        .put("steps", steps)
        .put("skipped", skipped);
  }

  private static String preparation(Plan.Preparation what) {
    return switch (what) {
      case Plan.Preparation.DiscardPartial() -> "discard what has come of a snapshot";
      case Plan.Preparation.KeepAside(Version newest) ->
          "keep a clone of @%s".formatted(newest.name());
      case Plan.Preparation.RollBack(Version to, var destroyed) ->
          "roll back to @%s, and destroy %d snapshots".formatted(to.name(), destroyed.size());
    };
  }
}
