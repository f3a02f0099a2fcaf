package dev.penstock.gateway.admin;

import dev.penstock.spi.GatewayError;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.Optional;

/**
 * A failure as callers see it: RFC 9457. This is the only place where a {@link GatewayError}
 * becomes a status.
 *
 * @param type after {@code urn:penstock:problem:}; programs decide on it
 * @param detail what happened, to what, and what to do
 * @param headers that the status asks for, such as {@code Allow}
 */
record Problem(int status, String type, String title, String detail, Map<String, String> headers) {
  static final String CONTENT_TYPE = "application/problem+json";
  static final String TYPE_PREFIX = "urn:penstock:problem:";

  static Problem of(int status, String type, String title, String detail) {
    return new Problem(status, type, title, detail, Map.of());
  }

  static Problem of(GatewayError error) {
    String what = error.what();
    return switch (error) {
      case GatewayError.Invalid _ -> of(400, "invalid", "That can never work", what);
      case GatewayError.NotFound _ -> of(404, "not-found", "Nobody has it", what);
      case GatewayError.Conflict _ -> of(409, "conflict", "Somebody else has it", what);
      case GatewayError.Denied _ -> of(403, "denied", "Not allowed", what);
      case GatewayError.NoSpace _ -> retry(507, "no-space", "No room", what, error);
      case GatewayError.Unsupported _ -> of(501, "unsupported", "It cannot do that", what);
      case GatewayError.Unavailable _ -> retry(503, "unavailable", "Not now", what, error);
      case GatewayError.Failed _ -> of(500, "failed", "It was tried and failed", what);
      case GatewayError.Damaged _ -> of(500, "damaged", "Stored bytes are damaged", what);
    };
  }

  /** Any failure. What is no answer of ours is a bug, and its text stays in the log. */
  static Problem of(Throwable failure) {
    return switch (failure) {
      case Refusal refusal -> refusal.problem();
      case GatewayError error -> of(error);
      default ->
          of(
              500,
              "failed",
              "It was tried and failed",
              "the gateway failed in a way it does not know; its log has more under this id");
    };
  }

  /** Whether the gateway is to blame, and an operator should look. */
  boolean isOurs() {
    return status == 500 || status == 504;
  }

  JsonObject toJson(String path, String id) {
    var json =
        new JsonObject()
            .put("type", TYPE_PREFIX + type)
            .put("title", title)
            .put("status", status)
            .put("detail", detail)
            .put("instance", path)
            .put("id", id);
    Optional.ofNullable(headers.get("Retry-After"))
        .ifPresent(seconds -> json.put("retry_after_seconds", Long.parseLong(seconds)));
    return json;
  }

  private static Problem retry(
      int status, String type, String title, String what, GatewayError error) {
    return switch (error.retry()) {
      case GatewayError.Retry.Never() -> of(status, type, title, what);
      case GatewayError.Retry.After(var delay) -> {
        long seconds = Math.max(1, delay.toSeconds() + (delay.toNanosPart() > 0 ? 1 : 0));
        yield new Problem(status, type, title, what, Map.of("Retry-After", Long.toString(seconds)));
      }
    };
  }
}
