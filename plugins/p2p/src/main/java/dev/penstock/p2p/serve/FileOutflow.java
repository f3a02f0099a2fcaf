package dev.penstock.p2p.serve;

import dev.penstock.p2p.serve.ByteRange.Portion;
import dev.penstock.p2p.socket.RawSocket;
import dev.penstock.spi.content.Content;
import io.vertx.core.http.HttpHeaders;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;

/**
 * A file on its way to a socket, from page cache to page cache. On the exchange's event loop.
 *
 * <p>The file is open for as long as it is sent, and closed whichever way that ends.
 */
final class FileOutflow implements StallWatch.Moving {
  private final Exchange exchange;
  private final Content content;
  private final Portion portion;

  FileOutflow(Exchange exchange, Content content, Portion portion) {
    this.exchange = exchange;
    this.content = content;
    this.portion = portion;
  }

  void begin(Content.Stored stored) {
    if (portion.lengthBytes() == 0) {
      content.close();
      exchange.response().putHeader(HttpHeaders.CONTENT_LENGTH, "0");
      exchange.answerWithoutBody();
      return;
    }
    exchange
        .site()
        .workers()
        .run(() -> FileChannel.open(stored.path(), StandardOpenOption.READ))
        .onComplete(
            file -> opened(file, stored.offset() + portion.first()),
            why -> {
              content.close();
              exchange.fail(why);
            });
  }

  private void opened(FileChannel file, long offset) {
    if (exchange.isGone()) {
      close(file);
      return;
    }
    exchange.desk().watch().add(this);
    exchange.served().meters().sending(1);
    exchange
        .response()
        .putHeader(HttpHeaders.CONTENT_LENGTH, Long.toString(portion.lengthBytes()))
        .sendFile(file, offset, portion.lengthBytes())
        .onComplete(sent -> {
          exchange.desk().watch().remove(this);
          exchange.served().meters().sending(-1);
          close(file);
          if (sent.failed()) { // of a body that has begun nothing else can be said
            RawSocket.cut(exchange.request().connection());
            return;
          }
          exchange.served().meters().sent(portion.lengthBytes());
          exchange.answered();
        });
  }

  /** A worker closes it; if none takes it, it is closed here: better late than never. */
  private void close(FileChannel file) {
    content.close();
    exchange
        .site()
        .workers()
        .run(() -> {
          file.close();
          return true;
        })
        .onFailure(_ -> closeHere(file));
  }

  private static void closeHere(FileChannel file) {
    try {
      file.close();
    } catch (IOException _) {
      // It was read only: nothing is lost.
    }
  }

  @Override
  public long progress() {
    return RawSocket.progress(exchange.request().connection());
  }

  @Override
  public void stalled() {
    exchange.site().observer().bodyStalled(exchange);
    RawSocket.cut(exchange.request().connection());
  }
}
