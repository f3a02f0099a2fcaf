package dev.penstock.spi.admin;

import io.vertx.core.json.JsonObject;
import java.util.Optional;

/**
 * A call of the admin API: authenticated, authorised and read to its end.
 *
 * @since SPI 1.0
 */
public interface Call {
  /** Who calls: the name of a token, or "socket" for the unix socket. */
  String caller();

  /** The path as it was called, for a created resource's {@code Location}. */
  String path();

  /** A parameter of the path, decoded. */
  String path(String parameter);

  /** A parameter of the query, decoded. */
  Optional<String> query(String parameter);

  /**
   * The body; empty if there was none. Throws {@link dev.penstock.spi.GatewayError.Invalid} if it
   * is no JSON object.
   */
  JsonObject body();

  /**
   * Compares the caller's {@code If-Match} with what is there now; a caller who sent none does not
   * mind. A mismatch is answered 412.
   */
  void requireMatch(String etag);
}
