package dev.penstock.spi.admin;

import io.vertx.core.Future;

/**
 * One operation of the admin API.
 *
 * @param path below {@code /v1}, with parameters in braces: {@code /v1/exports/{export}}; the words
 *     between are of {@code A-Z a-z 0-9 . _ -}
 * @param role the least that the caller must have; anything but {@link Method#GET} is written to
 *     the audit log
 * @since SPI 1.0
 */
public record Route(Method method, String path, Role role, Handler handler) {
  /** The methods that the API uses. */
  public enum Method {
    GET,
    PUT,
    POST,
    PATCH,
    DELETE
  }

  /** Answers a call. */
  @FunctionalInterface
  public interface Handler {
    /**
     * Comes on the context that the route was mounted from and must not block. A {@link
     * dev.penstock.spi.GatewayError}, thrown or in the future, becomes the problem (RFC 9457) that
     * it is.
     */
    Future<Reply> handle(Call call);
  }
}
