package dev.penstock.p2p.serve;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Retry;
import dev.penstock.spi.GatewayError.Scope;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How a failure is told over HTTP. Only what is about the path itself is 404: with it clients try
 * older versions of the protocol.
 *
 * @param retrySeconds when it may help to ask again
 */
record Failure(int status, String text, Optional<String> retrySeconds) {
  private static final Logger log = LoggerFactory.getLogger(Failure.class);

  static Failure of(Throwable cause) {
    if (!(cause instanceof GatewayError error)) {
      log.error("a bug, in the kind of the repository perhaps", cause);
      return new Failure(500, "the server failed: " + cause, Optional.empty());
    }
    int status =
        switch (error) {
          case GatewayError.Invalid _ -> 400;
          case GatewayError.Denied _ -> 403;
          case GatewayError.NotFound _ -> 404;
          case GatewayError.Unavailable away -> isElsewhere(away.scope()) ? 502 : 503;
          case GatewayError.Conflict _,
              GatewayError.NoSpace _,
              GatewayError.Unsupported _,
              GatewayError.Failed _,
              GatewayError.Damaged _ ->
              500;
        };
    Optional<String> retry =
        error.retry() instanceof Retry.After(var delay)
            ? Optional.of(Long.toString(Math.max(1, delay.toSeconds())))
            : Optional.empty();
    return new Failure(status, error.what(), retry);
  }

  /** A proxied repository that cannot be reached, rather than a limit of ours. */
  private static boolean isElsewhere(Scope scope) {
    return scope == Scope.CONNECTION || scope == Scope.RESOURCE;
  }
}
