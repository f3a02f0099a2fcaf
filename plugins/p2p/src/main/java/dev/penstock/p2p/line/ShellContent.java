package dev.penstock.p2p.line;

import dev.penstock.p2p.flow.CrossedStream;
import dev.penstock.p2p.flow.Home;
import dev.penstock.spi.content.Content;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;

/**
 * Content that comes over a connection. The connection is free for others as soon as all has come,
 * however slowly it is read: nobody waits for a reader that waits for him.
 */
final class ShellContent implements Content {
  private final LineDownload download;
  private final Lent lent;
  private final long lengthBytes;
  private final CrossedStream bytes;
  private final Future<Boolean> valid;

  /**
   * At the connection's home.
   *
   * @param reader where it is read
   */
  ShellContent(Home reader, Lent lent, LineDownload download) {
    this.download = download;
    this.lent = lent;
    this.lengthBytes = download.lengthBytes();
    Home home = lent.connection().home();
    this.bytes =
        lengthBytes == 0 ? CrossedStream.empty(reader) : new CrossedStream(reader, home, download);
    Future<Boolean> verdict = download.verdict().onComplete(_ -> lent.giveBack());
    this.valid = reader.answer(verdict.otherwise(false));
  }

  @Override
  public long lengthBytes() {
    return lengthBytes;
  }

  @Override
  public ReadStream<Buffer> bytes() {
    return bytes;
  }

  @Override
  public Future<Boolean> valid() {
    return valid;
  }

  @Override
  public void close() {
    bytes.stop();
    // What is not begun, or in its middle, ends with the connection: it comes back as one that has.
    lent.connection()
        .home()
        .run(() -> {
          if (download.leave()) lent.giveBack();
        });
  }
}
