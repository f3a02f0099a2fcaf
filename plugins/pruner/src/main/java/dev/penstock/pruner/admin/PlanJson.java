package dev.penstock.pruner.admin;

import dev.penstock.pruner.config.Policy;
import dev.penstock.pruner.config.RuleSettings;
import dev.penstock.pruner.plan.Verdict;
import dev.penstock.pruner.plan.VolumePlan;
import dev.penstock.pruner.run.Foreseen;
import dev.penstock.spi.config.Setting;
import dev.penstock.spi.volume.SnapshotInfo;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;

/** Policies and plans, as callers see them. */
final class PlanJson {
  private PlanJson() {}

  static JsonObject policy(Policy policy) {
    var json =
        new JsonObject()
            .put("name", policy.name())
            .put("volumes", policy.volumes().toString())
            .put("after_snapshot", policy.afterSnapshot())
            .put("at_least", policy.atLeast())
            .put("keep", new JsonArray(policy.keep().stream().map(PlanJson::rule).toList()));
    policy.lowSpace().ifPresent(bytes -> json.put("low_space_bytes", bytes));
    policy.every().ifPresent(every -> json.put("every_seconds", every.toMillis() / 1000.0));
    return json;
  }

  /** As it is written: {@code last: count 7, regex ^auto-}. */
  private static String rule(RuleSettings rule) {
    return rule.settings().keys().stream()
        .map(key -> key + " " + text(rule.settings().setting(key).orElseThrow()))
        .collect(Collectors.joining(", ", rule.key() + ": ", ""));
  }

  private static String text(Setting setting) {
    return setting instanceof Setting.Text(String text, var _) ? text : setting.called();
  }

  static JsonObject outlook(Foreseen.Outlook outlook) {
    var json =
        new JsonObject()
            .put("volume", outlook.volume())
            .put("policies", new JsonArray(outlook.policies()))
            .put("snapshots", outlook.snapshots())
            .put("stay", outlook.snapshots() - outlook.go())
            .put("go", outlook.go())
            .put("unmatched", names(outlook.unmatched()));
    outlook.error().ifPresent(error -> json.put("error", error));
    return json;
  }

  static JsonObject names(Map<String, Integer> names) {
    var json = new JsonObject();
    names.forEach(json::put);
    return json;
  }

  /**
   * One snapshot, and why.
   *
   * @param needed who needs it
   * @param lowSpace with less free room than so many bytes who needs it is asked to do without
   */
  static JsonObject snapshot(
      VolumePlan plan, int place, Map<UUID, String> needed, OptionalLong lowSpace) {
    SnapshotInfo one = plan.series().snapshots().get(place);
    var json =
        new JsonObject()
            .put("name", plan.series().volume() + "@" + one.name())
            .put("guid", one.guid().toString())
            .put("created_at", one.createdAt().toString());
    return switch (plan.verdict(place)) {
      case Verdict.Kept(var rules) when rules.isEmpty() ->
          json.put("fate", "stays").put("why", "no policy means the volume");
      case Verdict.Kept(var rules) ->
          json.put("fate", "stays")
              .put("why", "kept by " + String.join(", ", rules))
              .put("kept_by", new JsonArray(rules));
      case Verdict.AmongNewest(int atLeast) ->
          json.put("fate", "stays").put("why", "among the %d newest".formatted(atLeast));
      case Verdict.Held(var holds) ->
          json.put("fate", "stays")
              .put("why", "held: " + String.join(", ", new TreeSet<>(holds)))
              .put("held_by", new JsonArray(new TreeSet<>(holds).stream().toList()));
      case Verdict.Goes(var rules, boolean unmatched) ->
          Optional.ofNullable(needed.get(one.guid()))
              .map(by -> deferred(json, by, lowSpace))
              .orElseGet(() -> goes(json, unmatched))
              .put("let_go_by", new JsonArray(rules))
              .put("unmatched", unmatched);
    };
  }

  private static JsonObject deferred(JsonObject json, String by, OptionalLong lowSpace) {
    String unless =
        lowSpace.isPresent()
            ? "; asked to give way while less than %d bytes are free"
                .formatted(lowSpace.getAsLong())
            : "";
    lowSpace.ifPresent(bytes -> json.put("low_space_bytes", bytes));
    return json.put("fate", "deferred").put("why", "needed by " + by + unless).put("needed_by", by);
  }

  private static JsonObject goes(JsonObject json, boolean unmatched) {
    return json.put("fate", "goes")
        .put("why", unmatched ? "no rule is for such a name" : "every rule lets it go");
  }
}
