package dev.penstock.p2p.serve;

import dev.penstock.p2p.serve.ByteRange.Portion;
import dev.penstock.p2p.wire.EncodedText;
import dev.penstock.spi.content.Caller;
import dev.penstock.spi.content.Content;
import dev.penstock.spi.content.Key;
import dev.penstock.spi.content.RawText;
import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;

/**
 * GET and HEAD of a key: from an offset, as git-annex asks, or a range, as everybody else does.
 *
 * <p>A file goes to the socket without a copy; its length is known to be right, for nobody changes
 * it. Everything else goes in chunks, so that the length can turn out to be wrong: §4.
 */
final class Sending {
  static final String DATA_LENGTH = "X-git-annex-data-length";

  private static final CharSequence OCTETS =
      HttpHeaders.createOptimized("application/octet-stream");

  private final Exchange exchange;
  private final Key key;
  private final Optional<RawText> file;
  private final Caller caller;
  private final String etag;

  private Sending(Exchange exchange) {
    this.exchange = exchange;
    this.key = exchange.key();
    this.file = exchange.file();
    this.caller = exchange.caller();
    // A key names its content: it never means another.
    this.etag = "\"" + EncodedText.percent(key.text()) + "\"";
  }

  static void begin(Exchange exchange) {
    new Sending(exchange).begin();
  }

  private void begin() {
    OptionalLong offset = exchange.query().number("offset");
    Optional<ByteRange> range = offset.isPresent() ? Optional.empty() : range();
    if (range.isPresent()) {
      ranged(range.get());
      return;
    }
    got(
        open(offset.orElse(0)),
        content -> send(content, new Portion(0, content.lengthBytes()), true));
  }

  private Optional<ByteRange> range() {
    String header = exchange.request().getHeader("Range");
    if (header == null || !exchange.request().method().equals(HttpMethod.GET))
      return Optional.empty();
    String condition = exchange.request().getHeader("If-Range");
    boolean holds = condition == null || condition.equals(etag);
    return holds ? ByteRange.parse(header) : Optional.empty();
  }

  private Future<Content> open(long offset) {
    return exchange.served().store().get(key, file, offset, caller).map(LentContent::new);
  }

  /** What comes too late is given back. */
  private void got(Future<Content> opened, Consumer<Content> taken) {
    opened.onComplete(
        content -> {
          if (exchange.isGone() || exchange.isEnded()) {
            content.close();
            return;
          }
          try {
            taken.accept(content);
          } catch (RuntimeException e) {
            content.close();
            exchange.fail(e);
          }
        },
        exchange::fail);
  }

  /** Where the size is not known from the key, the whole is opened to learn it. */
  private void ranged(ByteRange range) {
    OptionalLong size = key.contentBytes();
    long base =
        range instanceof ByteRange.From(long first, long _)
                && size.isPresent()
                && first < size.getAsLong()
            ? first
            : 0;
    got(open(base), content -> portion(content, range, base));
  }

  private void portion(Content content, ByteRange range, long base) {
    long size = base + content.lengthBytes();
    Optional<Portion> portion = range.in(size);
    if (portion.isEmpty()) {
      content.close();
      exchange.response().putHeader("Content-Range", "bytes */" + size);
      exchange.text(416, "the content has %d bytes".formatted(size));
      return;
    }
    long first = portion.get().first();
    long length = portion.get().lengthBytes();
    boolean toEnd = first + length == size;
    exchange
        .response()
        .setStatusCode(206)
        .putHeader("Content-Range", "bytes %d-%d/%d".formatted(first, first + length - 1, size));
    if (first == base || content.file().isPresent()) {
      send(content, new Portion(first - base, length), toEnd);
      return;
    }
    content.close();
    got(open(first), again -> send(again, new Portion(0, length), toEnd));
  }

  /**
   * @param portion of what was opened; it begins at 0, unless that is a file
   */
  private void send(Content content, Portion portion, boolean toEnd) {
    HttpServerResponse response = exchange.response();
    response
        .putHeader(HttpHeaders.CONTENT_TYPE, OCTETS)
        .putHeader(DATA_LENGTH, Long.toString(portion.lengthBytes()))
        .putHeader(HttpHeaders.ETAG, etag)
        .putHeader("Accept-Ranges", "bytes");
    String known = exchange.request().getHeader(HttpHeaders.IF_NONE_MATCH);
    if (known != null && (known.contains(etag) || known.equals("*"))) {
      content.close();
      response.setStatusCode(304);
      exchange.answerWithoutBody();
    } else if (exchange.request().method().equals(HttpMethod.HEAD)) {
      content.close();
      response.putHeader(HttpHeaders.CONTENT_LENGTH, Long.toString(portion.lengthBytes()));
      exchange.answerWithoutBody();
    } else if (content.file().isPresent() && !exchange.request().isSSL()) {
      new FileOutflow(exchange, content, portion).begin(content.file().get());
    } else {
      new Outflow(exchange, content, portion.lengthBytes(), toEnd).begin();
    }
  }
}
