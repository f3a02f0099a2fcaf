package dev.penstock.nbd;

import io.vertx.core.json.JsonObject;
import java.util.StringJoiner;

/** What changed between two sets of settings, for people. */
final class Changes {
  private Changes() {}

  /**
   * {@code connections from 512 to 1024, request from 120s to 10s}; settings that are the same are
   * left out.
   */
  static String between(JsonObject before, JsonObject after) {
    var changed = new StringJoiner(", ");
    for (String key : after.fieldNames()) {
      Object was = before.getValue(key);
      Object is = after.getValue(key);
      if (!is.equals(was)) changed.add("%s from %s to %s".formatted(key, was, is));
    }
    return changed.toString();
  }
}
