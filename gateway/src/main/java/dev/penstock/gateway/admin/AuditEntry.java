package dev.penstock.gateway.admin;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.Locale;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** What one change looks like in the audit log, without what must not be in any log. */
final class AuditEntry {
  private static final Pattern SECRET =
      Pattern.compile("secret|password|passphrase|token|psk|private|credential");
  private static final String HIDDEN = "(hidden)";
  private static final int BODY_KEYS_MAX = 32;

  private AuditEntry() {}

  static JsonObject of(Instant at, Operation operation, HttpCall call, int status, String id) {
    var parameters = new JsonObject();
    new TreeMap<>(call.parameters()).forEach((key, value) -> parameters.put(key, shown(value)));
    call.queries()
        .forEach((key, value) -> parameters.put(key, hidden(key) ? HIDDEN : shown(value)));
    var entry =
        new JsonObject()
            .put("at", at.toString())
            .put("caller", call.caller())
            .put("route", operation.method() + " " + operation.path())
            .put("parameters", parameters);
    JsonObject body = body(call);
    if (!body.isEmpty()) entry.put("body", body);
    return entry.put("status", status).put("outcome", outcome(status)).put("id", id);
  }

  private static String outcome(int status) {
    if (status < 300) return "done";
    return status == 403 ? "denied" : status < 500 ? "refused" : "failed";
  }

  private static JsonObject body(HttpCall call) {
    if (call.content().length() == 0) return new JsonObject();
    try {
      return masked(call.content().toJsonObject());
    } catch (DecodeException | ClassCastException e) {
      return new JsonObject(); // no JSON: it was refused
    }
  }

  private static JsonObject masked(JsonObject sent) {
    var masked = new JsonObject();
    for (String key : sent.fieldNames()) {
      if (masked.size() == BODY_KEYS_MAX) break;
      masked.put(Plain.text(key), hidden(key) ? HIDDEN : masked(sent.getValue(key)));
    }
    return masked;
  }

  private static Object masked(Object value) {
    return switch (value) {
      case JsonObject object -> masked(object);
      case JsonArray array -> array.size() + " items";
      case String text -> shown(text);
      case Number number -> number;
      case Boolean flag -> flag;
      case null, default -> "null";
    };
  }

  private static boolean hidden(String key) {
    return SECRET.matcher(key.toLowerCase(Locale.ROOT)).find();
  }

  private static String shown(String text) {
    return Plain.text(text);
  }
}
