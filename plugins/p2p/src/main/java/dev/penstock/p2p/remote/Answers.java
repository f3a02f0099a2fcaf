package dev.penstock.p2p.remote;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;

/** What a server's answers mean. */
final class Answers {
  static final Duration ASK_AGAIN = Duration.ofSeconds(5);
  private static final int SHOWN_MAX = 200;

  private Answers() {}

  /** It has not got what the path says: the version, the repository, or the key. */
  static final class NoSuchPath extends RuntimeException {
    private static final long serialVersionUID = 1;

    NoSuchPath(String message) {
      super(message, null, false, false);
    }
  }

  /**
   * What a status that is none of success means.
   *
   * @param server what messages call it
   */
  static RuntimeException refusal(int status, Buffer body, String server) {
    String said = said(body);
    String what = "%s answers %d%s".formatted(server, status, said.isEmpty() ? "" : ": " + said);
    // Servers that do not have a version say so in two ways: the specification, §1 row 1.
    boolean badVersion = status == 400 && said.contains("bad version");
    if (status == 404 || badVersion) return new NoSuchPath(what);
    return switch (status) {
      case 400 -> new GatewayError.Invalid(what);
      case 401, 403 -> new GatewayError.Denied(what);
      case 502, 503, 504 -> new GatewayError.Unavailable(Scope.RESOURCE, ASK_AGAIN, what);
      case 507 -> new GatewayError.NoSpace(what);
      default -> new GatewayError.Failed(Scope.REQUEST, what);
    };
  }

  private static String said(Buffer body) {
    String text = body.toString(StandardCharsets.UTF_8).replaceAll("\\p{Cntrl}+", " ").strip();
    return text.length() <= SHOWN_MAX ? text : text.substring(0, SHOWN_MAX) + "…";
  }

  /** {@link GatewayError.Failed} if it is none. */
  static JsonObject json(Buffer body, String server) {
    try {
      return new JsonObject(body);
    } catch (DecodeException e) {
      throw senseless(body, server);
    }
  }

  static boolean bool(JsonObject answer, String field, String server) {
    if (answer.getValue(field) instanceof Boolean value) return value;
    throw senseless(answer.toBuffer(), server);
  }

  static long number(JsonObject answer, String field, String server) {
    if (answer.getValue(field) instanceof Number value && value.longValue() >= 0)
      return value.longValue();
    throw senseless(answer.toBuffer(), server);
  }

  static String text(JsonObject answer, String field, String server) {
    if (answer.getValue(field) instanceof String value) return value;
    throw senseless(answer.toBuffer(), server);
  }

  /** Those that are no texts are left out: a server that has none of them says nothing at all. */
  static Set<String> plusUuids(JsonObject answer) {
    Set<String> uuids = new LinkedHashSet<>();
    if (answer.getValue("plusuuids") instanceof JsonArray array)
      for (Object one : array) if (one instanceof String uuid) uuids.add(uuid);
    return uuids;
  }

  private static GatewayError senseless(Buffer body, String server) {
    return new GatewayError.Failed(
        Scope.REQUEST,
        "%s answers what is no answer to that: %s"
            .formatted(server, said(body).toLowerCase(Locale.ROOT)));
  }
}
