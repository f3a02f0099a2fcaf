package dev.penstock.gateway.admin;

import dev.penstock.spi.bus.GatewayEvent;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Events as JSON: {@code type}, {@code at}, {@code subject}, and what the record has beside them
 * under its own names; durations are seconds, and say so in their names.
 */
final class EventJson {
  private EventJson() {}

  /** {@code module-started}; a module's own event says its own type. */
  static String type(GatewayEvent event) {
    if (event instanceof GatewayEvent.ModuleEvent own) return own.type();
    return event
        .getClass()
        .getSimpleName()
        .replaceAll("(?<=[a-z])(?=[A-Z])", "-")
        .toLowerCase(Locale.ROOT);
  }

  static JsonObject of(GatewayEvent event) {
    var json = new JsonObject().put("type", type(event));
    for (RecordComponent component : event.getClass().getRecordComponents())
      put(json, snake(component.getName()), value(component, event));
    return json;
  }

  private static String snake(String name) {
    return name.replaceAll("(?<=[a-z])(?=[A-Z])", "_").toLowerCase(Locale.ROOT);
  }

  private static void put(JsonObject json, String name, Object value) {
    switch (value) {
      case Duration took -> json.put(name + "_seconds", took.toNanos() / 1e9);
      case Enum<?> constant -> json.put(name, constant.name().toLowerCase(Locale.ROOT));
      case List<?> list ->
          json.put(name, new JsonArray(list.stream().map(String::valueOf).toList()));
      case Map<?, ?> map -> {
        var inner = new JsonObject();
        map.forEach((key, text) -> inner.put(String.valueOf(key), text));
        json.put(name, inner);
      }
      case Number number -> json.put(name, number);
      case Boolean flag -> json.put(name, flag);
      default -> json.put(name, value.toString());
    }
  }

  private static Object value(RecordComponent component, GatewayEvent event) {
    try {
      return component.getAccessor().invoke(event);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("events are public records", e);
    }
  }
}
