package dev.penstock.nbd.config;

import io.vertx.core.json.Json;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What was changed live over a configuration, setting by setting. An override stands until it is
 * taken away, or until the configuration says something else of that setting than it did: whoever
 * edits the file afterwards has the last word. Immutable; settings are in the form that {@code
 * toJson} of what they belong to gives them.
 */
public record Overrides(SortedMap<String, Change> changes) {
  /**
   * One setting.
   *
   * @param configured what the configuration said when it was changed
   * @param wanted what holds instead
   */
  public record Change(Object configured, Object wanted) {}

  public static final Overrides NONE = new Overrides(new TreeMap<>());

  /** Those of which the configuration still says what it said. */
  public Overrides standingOver(JsonObject configured) {
    SortedMap<String, Change> standing = new TreeMap<>(changes);
    standing
        .entrySet()
        .removeIf(one -> !same(one.getValue().configured(), configured.getValue(one.getKey())));
    return new Overrides(standing);
  }

  /**
   * What differs between a configuration and what is wanted, among the settings of a patch.
   *
   * @param patch names the settings that are changed; null takes its override away
   * @param wanted as it shall be, in its normal form
   */
  public Overrides with(JsonObject patch, JsonObject configured, JsonObject wanted) {
    SortedMap<String, Change> changed = new TreeMap<>(changes);
    for (String key : patch.fieldNames()) {
      Object was = configured.getValue(key);
      Object is = wanted.getValue(key);
      if (patch.getValue(key) == null || same(was, is)) changed.remove(key);
      else changed.put(key, new Change(was, is));
    }
    return new Overrides(changed);
  }

  /** The configuration with what holds instead. */
  public JsonObject over(JsonObject configured) {
    JsonObject over = configured.copy();
    changes.forEach((key, change) -> over.put(key, change.wanted()));
    return over;
  }

  /** A number that was stored may come back as one of another kind. */
  private static boolean same(@Nullable Object one, @Nullable Object other) {
    return Json.encode(one).equals(Json.encode(other));
  }

  public boolean isEmpty() {
    return changes.isEmpty();
  }

  /** What the configuration says of the settings that it does not decide at the moment. */
  public JsonObject configured() {
    var said = new JsonObject();
    changes.forEach((key, change) -> said.put(key, change.configured()));
    return said;
  }

  /** For the module's state. */
  public JsonObject toJson() {
    var json = new JsonObject();
    changes.forEach((key, change) ->
        json.put(
            key,
            new JsonObject()
                .put("configured", change.configured())
                .put("wanted", change.wanted())));
    return json;
  }

  /**
   * Reads what {@link #toJson} wrote.
   *
   * @throws ClassCastException if it is something else
   */
  public static Overrides fromJson(JsonObject json) {
    SortedMap<String, Change> changes = new TreeMap<>();
    for (Map.Entry<String, Object> one : json) {
      var change = (JsonObject) one.getValue();
      changes.put(one.getKey(), new Change(value(change, "configured"), value(change, "wanted")));
    }
    return new Overrides(changes);
  }

  private static Object value(JsonObject change, String key) {
    Object value = change.getValue(key);
    if (value == null) throw new ClassCastException("an override lacks " + key);
    return value;
  }
}
