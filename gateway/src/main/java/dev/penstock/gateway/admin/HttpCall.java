package dev.penstock.gateway.admin;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.admin.Call;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A call that came over HTTP.
 *
 * @param content the body as it was sent; empty if there was none
 * @param ifMatch the header, as it was sent
 */
record HttpCall(
    String caller,
    String path,
    Map<String, String> parameters,
    MultiMap queries,
    Buffer content,
    Optional<String> ifMatch)
    implements Call {
  private static final Pattern BETWEEN_TAGS = Pattern.compile("\\s*,\\s*");

  HttpCall withContent(Buffer whole) {
    return new HttpCall(caller, path, parameters, queries, whole, ifMatch);
  }

  @Override
  public String path(String parameter) {
    String value = parameters.get(parameter);
    if (value == null)
      throw new IllegalArgumentException("the route has no parameter {" + parameter + "}");
    return value;
  }

  @Override
  public Optional<String> query(String parameter) {
    return Optional.ofNullable(queries.get(parameter));
  }

  @Override
  public JsonObject body() {
    if (content.length() == 0) return new JsonObject();
    try {
      return content.toJsonObject();
    } catch (DecodeException | ClassCastException e) {
      throw new GatewayError.Invalid("the body is no JSON object");
    }
  }

  /** Compares strongly (RFC 9110 §13.1.1): a weak tag never matches. */
  @Override
  public void requireMatch(String etag) {
    if (ifMatch.isEmpty()) return;
    String wanted = ifMatch.get().strip();
    if (wanted.equals("*")) return;
    if (BETWEEN_TAGS.splitAsStream(wanted).noneMatch(tag -> tag.equals("\"" + etag + "\"")))
      throw Refusal.stale(etag);
  }
}
