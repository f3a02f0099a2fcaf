package dev.penstock.p2p.remote;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.content.Content;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.streams.ReadStream;
import java.util.OptionalLong;

/**
 * The body of an answer. Whether it is valid its length tells: one that is shorter than was said,
 * and ends well, was changed while it was sent.
 */
final class RemoteContent implements Content {
  private final HttpClientResponse response;
  private final long lengthBytes;
  private final RemoteBody body;

  private RemoteContent(HttpClientResponse response, long lengthBytes, RemoteServer server) {
    this.response = response;
    this.lengthBytes = lengthBytes;
    this.body = new RemoteBody(response, lengthBytes, server);
  }

  /** {@link GatewayError.Failed} if the answer does not say how long it is. */
  static RemoteContent of(HttpClientResponse response, RemoteServer server) {
    OptionalLong length = length(response, RemoteServer.LENGTH);
    if (length.isEmpty()) length = length(response, HttpHeaders.CONTENT_LENGTH.toString());
    if (length.isPresent()) return new RemoteContent(response, length.getAsLong(), server);
    RemoteServer.breakOff(response.request());
    throw new GatewayError.Failed(
        Scope.REQUEST,
        "%s sends content without %s, so nobody knows when it is complete"
            .formatted(server.name(), RemoteServer.LENGTH));
  }

  private static OptionalLong length(HttpClientResponse response, String header) {
    String text = response.getHeader(header);
    return text != null && text.matches("\\d{1,18}")
        ? OptionalLong.of(Long.parseLong(text))
        : OptionalLong.empty();
  }

  @Override
  public long lengthBytes() {
    return lengthBytes;
  }

  @Override
  public ReadStream<Buffer> bytes() {
    return body;
  }

  @Override
  public Future<Boolean> valid() {
    return body.complete();
  }

  /** What has not come by then is not wanted: the connection ends with it. */
  @Override
  public void close() {
    body.close();
    if (!body.isOver()) RemoteServer.breakOff(response.request());
  }
}
