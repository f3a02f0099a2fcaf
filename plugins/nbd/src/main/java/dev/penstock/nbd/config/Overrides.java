package dev.penstock.nbd.config;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonObject;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What was changed live over a configuration, setting by setting. An override stands until it is
 * taken away, or until the configuration says something else of that setting than it did: whoever
 * edits the file afterwards has the last word. Immutable; settings are in the form that {@code
 * toJson} of what they belong to gives them.
 *
 * @param base what the configuration said of these settings, and of those that they depend on
 * @param wanted what holds instead
 */
public record Overrides(JsonObject base, JsonObject wanted) {
  public static final Overrides NONE = new Overrides(new JsonObject(), new JsonObject());

  /** What an override of an export was made for: {@link ExportSettings#standing}. */
  private static final Set<String> SERVED = Set.of("volume", "read_only");

  /** Whatever else the configuration says may change without a word to the state. */
  private static Overrides of(JsonObject configured, JsonObject wanted) {
    if (wanted.isEmpty()) return NONE;
    JsonObject base = configured.copy();
    base.fieldNames().removeIf(key -> !wanted.containsKey(key) && !SERVED.contains(key));
    return new Overrides(base, wanted);
  }

  /** Those of which the configuration still says what it said. */
  public Overrides standingOver(JsonObject configured) {
    JsonObject standing = wanted.copy();
    for (String key : wanted.fieldNames()) {
      if (!same(base.getValue(key), configured.getValue(key))) standing.remove(key);
    }
    return of(configured, standing);
  }

  /** All but those of some settings. */
  public Overrides without(Set<String> settings) {
    JsonObject left = wanted.copy();
    settings.forEach(left::remove);
    return of(base, left);
  }

  /**
   * What differs between a configuration and what is wanted, among the settings of a patch.
   *
   * @param patch names the settings that are changed; null takes its override away
   * @param wanted as it shall be, in its normal form
   */
  public Overrides with(JsonObject patch, JsonObject configured, JsonObject wanted) {
    JsonObject changed = this.wanted.copy();
    for (String key : patch.fieldNames()) {
      Object is = wanted.getValue(key);
      if (patch.getValue(key) == null || same(configured.getValue(key), is)) changed.remove(key);
      else changed.put(key, is);
    }
    return of(configured, changed);
  }

  /** The configuration with what holds instead. */
  public JsonObject over(JsonObject configured) {
    return configured.copy().mergeIn(wanted);
  }

  /** A number that was stored may come back as one of another kind. */
  private static boolean same(@Nullable Object one, @Nullable Object other) {
    return Json.encode(one).equals(Json.encode(other));
  }

  public boolean isEmpty() {
    return wanted.isEmpty();
  }

  /** What the configuration says of the settings that it does not decide at the moment. */
  public JsonObject configured() {
    var said = new JsonObject();
    wanted.fieldNames().forEach(key -> said.put(key, base.getValue(key)));
    return said;
  }

  /** For the module's state. */
  public JsonObject toJson() {
    return new JsonObject().put("base", base).put("wanted", wanted);
  }

  /**
   * Reads what {@link #toJson} wrote.
   *
   * @throws DecodeException if it is something else
   */
  public static Overrides fromJson(JsonObject json) {
    if (json.getValue("base") instanceof JsonObject base
        && json.getValue("wanted") instanceof JsonObject wanted
        && wanted.stream()
            .allMatch(one -> one.getValue() != null && base.containsKey(one.getKey())))
      return of(base, wanted);
    throw new DecodeException("overrides are a base and what is wanted over it");
  }
}
