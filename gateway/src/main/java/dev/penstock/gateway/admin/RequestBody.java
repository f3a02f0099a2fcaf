package dev.penstock.gateway.admin;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.util.Locale;

/** Reads a body into memory, up to a limit. */
final class RequestBody {
  static final String JSON = "application/json";

  private RequestBody() {}

  /**
   * Whether a body follows at all (RFC 9112 §6.3); without one there is nothing to wait for and no
   * type to check.
   */
  static boolean announced(HttpServerRequest request) {
    String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
    return request.headers().contains(HttpHeaders.TRANSFER_ENCODING)
        || (length != null && !length.strip().equals("0"));
  }

  /** Refuses another type, and a length that is too large already in the header. */
  static void check(HttpServerRequest request, String wantedType, long bytesMax) {
    if (!announced(request)) return;
    String sent = request.getHeader(HttpHeaders.CONTENT_TYPE);
    String type = sent == null ? "" : sent.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
    if (!type.equals(wantedType)) throw Refusal.wrongType(wantedType);
    if (announcedBytes(request) > bytesMax) throw Refusal.tooLarge(bytesMax);
  }

  /** Fails with a {@link Refusal} as soon as the body is larger than it may be. */
  static Future<Buffer> read(HttpServerRequest request, int bytesMax) {
    Promise<Buffer> whole = Promise.promise();
    Buffer gathered = Buffer.buffer();
    request.handler(piece -> {
      if (whole.future().isComplete()) return; // too large: the rest is let go as it comes
      if (gathered.length() + piece.length() > bytesMax) whole.tryFail(Refusal.tooLarge(bytesMax));
      else gathered.appendBuffer(piece);
    });
    request.exceptionHandler(whole::tryFail);
    request.endHandler(_ -> whole.tryComplete(gathered));
    return whole.future();
  }

  private static long announcedBytes(HttpServerRequest request) {
    String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
    if (length == null) return 0;
    try {
      return Long.parseLong(length.strip());
    } catch (NumberFormatException e) {
      throw Refusal.badRequest("Content-Length is no number");
    }
  }
}
