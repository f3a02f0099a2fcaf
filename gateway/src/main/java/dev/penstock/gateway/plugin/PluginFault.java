package dev.penstock.gateway.plugin;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;

/**
 * What a plugin threw, as an error of the host's own. The plugin's exception object is never kept:
 * its class, its causes and its stack would hold the plugin's loader after it was unloaded.
 */
public final class PluginFault {
  private PluginFault() {}

  /** A copy without cause or stack. What is no {@link GatewayError} is a bug of the module. */
  public static GatewayError copy(Throwable thrown) {
    if (!(thrown instanceof GatewayError error))
      return new GatewayError.Failed(Scope.MODULE, text(thrown));
    return retold(error, withCause(error));
  }

  /** The same kind of failure in other words. */
  public static GatewayError retold(Throwable thrown, String what) {
    if (!(thrown instanceof GatewayError error)) return new GatewayError.Failed(Scope.MODULE, what);
    return switch (error) {
      case GatewayError.Invalid _ -> new GatewayError.Invalid(what);
      case GatewayError.NotFound _ -> new GatewayError.NotFound(what);
      case GatewayError.Conflict _ -> new GatewayError.Conflict(what);
      case GatewayError.Denied _ -> new GatewayError.Denied(what);
      case GatewayError.NoSpace _ -> new GatewayError.NoSpace(what);
      case GatewayError.Unsupported _ -> new GatewayError.Unsupported(what);
      case GatewayError.Unavailable away ->
          new GatewayError.Unavailable(away.scope(), delay(away), what);
      case GatewayError.Failed failed -> new GatewayError.Failed(failed.scope(), what);
      case GatewayError.Damaged _ -> new GatewayError.Damaged(what);
    };
  }

  private static java.time.Duration delay(GatewayError error) {
    return switch (error.retry()) {
      case GatewayError.Retry.After(var delay) -> delay;
      case GatewayError.Retry.Never() -> java.time.Duration.ofSeconds(1);
    };
  }

  private static String withCause(GatewayError error) {
    Throwable cause = error.getCause();
    return cause == null ? error.what() : error.what() + " (" + text(cause) + ")";
  }

  /** Never fails: not even on an exception whose own {@code getMessage} throws. */
  @SuppressWarnings("CatchAndPrintStackTrace")
  public static String text(Throwable thrown) {
    try {
      String message = thrown.getMessage();
      String kind = thrown.getClass().getSimpleName();
      return message == null || message.isEmpty() ? kind : kind + ": " + message;
    } catch (RuntimeException _) {
      return thrown.getClass().getName();
    }
  }
}
