package dev.penstock.spi.admin;

import io.vertx.core.json.JsonObject;
import java.util.Iterator;
import java.util.Optional;
import java.util.UUID;

/**
 * The answer to a {@link Call}.
 *
 * @param status HTTP's
 * @param location of what was created
 * @param etag of what is shown
 * @since SPI 1.0
 */
public record Reply(int status, Body body, Optional<String> location, Optional<String> etag) {
  /** What comes back. */
  public sealed interface Body {
    record None() implements Body {}

    record Json(JsonObject value) implements Body {}

    /**
     * An object with one list, {@code {"name": [ … ]}}, sent as fast as the caller reads: nobody
     * holds all of it in memory. The items are asked for on the context of the route.
     */
    record Items(String name, Iterator<JsonObject> items) implements Body {}
  }

  public static Reply ok(JsonObject value) {
    return of(200, new Body.Json(value));
  }

  public static Reply items(String name, Iterator<JsonObject> items) {
    return of(200, new Body.Items(name, items));
  }

  public static Reply created(String location, JsonObject value) {
    return new Reply(201, new Body.Json(value), Optional.of(location), Optional.empty());
  }

  /** The work goes on; where to look for it is in the reply. */
  public static Reply accepted(UUID task) {
    return new Reply(
        202,
        new Body.Json(new JsonObject().put("task", task.toString())),
        Optional.of("/v1/tasks/" + task),
        Optional.empty());
  }

  public static Reply done() {
    return of(204, new Body.None());
  }

  public Reply withEtag(String etag) {
    return new Reply(status, body, location, Optional.of(etag));
  }

  private static Reply of(int status, Body body) {
    return new Reply(status, body, Optional.empty(), Optional.empty());
  }
}
