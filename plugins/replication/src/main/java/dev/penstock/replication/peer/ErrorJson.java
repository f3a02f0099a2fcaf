package dev.penstock.replication.peer;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Retry;
import dev.penstock.spi.GatewayError.Scope;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.Locale;
import java.util.Objects;

/** Errors as they cross to a peer: the kind, whom it is about, whether to try again, and a text. */
public final class ErrorJson {
  private ErrorJson() {}

  static JsonObject write(GatewayError error) {
    var json =
        new JsonObject()
            .put("kind", error.getClass().getSimpleName().toLowerCase(Locale.ROOT))
            .put("scope", error.scope().name().toLowerCase(Locale.ROOT))
            .put("what", error.what());
    if (error.retry() instanceof Retry.After(Duration delay))
      json.put("retry_millis", delay.toMillis());
    return json;
  }

  /** What went wrong there, as an error here. */
  public static GatewayError read(JsonObject json) {
    String what = Objects.requireNonNullElse(json.getString("what"), "the peer does not say why");
    Duration delay =
        Duration.ofMillis(Math.clamp(json.getLong("retry_millis", 1000L), 1, 86_400_000));
    return switch (json.getString("kind", "")) {
      case "invalid" -> new GatewayError.Invalid(what);
      case "notfound" -> new GatewayError.NotFound(what);
      case "conflict" -> new GatewayError.Conflict(what);
      case "denied" -> new GatewayError.Denied(what);
      case "nospace" -> new GatewayError.NoSpace(what);
      case "unsupported" -> new GatewayError.Unsupported(what);
      case "unavailable" -> new GatewayError.Unavailable(scope(json), delay, what);
      case "damaged" -> new GatewayError.Damaged(what);
      default -> new GatewayError.Failed(scope(json), what);
    };
  }

  private static Scope scope(JsonObject json) {
    return switch (json.getString("scope", "")) {
      case "request" -> Scope.REQUEST;
      case "connection" -> Scope.CONNECTION;
      case "module" -> Scope.MODULE;
      default -> Scope.RESOURCE;
    };
  }

  static int status(GatewayError error) {
    return switch (error) {
      case GatewayError.Invalid _ -> 400;
      case GatewayError.Denied _ -> 403;
      case GatewayError.NotFound _ -> 404;
      case GatewayError.Conflict _ -> 409;
      case GatewayError.Unsupported _ -> 501;
      case GatewayError.NoSpace _ -> 507;
      case GatewayError.Unavailable _ -> 503;
      case GatewayError.Failed _, GatewayError.Damaged _ -> 500;
    };
  }
}
