package dev.penstock.p2p.serve;

import dev.penstock.p2p.socket.RawSocket;
import dev.penstock.spi.content.Content;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.streams.ReadStream;

/**
 * Content on its way to a client, as fast as that takes it.
 *
 * <p>The final byte stays here until the content was found valid: without it the body is shorter
 * than was announced, and so the client knows. The body's end is a clean one all the same. On the
 * exchange's event loop.
 */
final class Outflow implements StallWatch.Moving {
  /**
   * What waits for the client, of whom there may be thousands, before no more is taken: one piece
   * on its way and one behind it, or more of small ones. Vert.x's own queue has sixteen, of any
   * size.
   */
  private static final int WAITING_PIECES_MIN = 2;

  private static final int WAITING_BYTES_MIN = 16 << 10;

  private final Exchange exchange;
  private final Content content;
  private final long lengthBytes;
  private final boolean toEnd;
  private final ReadStream<Buffer> bytes;
  private Buffer held = Buffer.buffer();
  private long passedBytes;
  private int waitingPieces;
  private long waitingBytes;
  private boolean over;

  /**
   * @param lengthBytes how many are sent
   * @param toEnd whether the last of them is the content's; if not there is no verdict on them
   */
  Outflow(Exchange exchange, Content content, long lengthBytes, boolean toEnd) {
    this.exchange = exchange;
    this.content = content;
    this.lengthBytes = lengthBytes;
    this.toEnd = toEnd;
    this.bytes = content.bytes();
  }

  void begin() {
    exchange.response().setChunked(true);
    exchange.desk().watch().add(this);
    exchange.served().meters().sending(1);
    exchange.onGone(this::end);
    if (over) return;
    // Not a word of why: the status has been sent. The body is too short, which says enough.
    bytes.exceptionHandler(_ -> finish(false));
    bytes.endHandler(_ -> streamEnded());
    bytes.handler(this::came);
  }

  private void came(Buffer piece) {
    if (over) return;
    long left = lengthBytes - passedBytes;
    int length = (int) Math.min(piece.length(), left);
    passedBytes += length;
    boolean last = passedBytes == lengthBytes;
    int now = last && toEnd && length > 0 ? length - 1 : length;
    if (now < length) held = piece.getBuffer(now, length);
    exchange.served().meters().sent(now);
    if (now > 0) write(now < piece.length() ? piece.slice(0, now) : piece);
    if (last && !toEnd) finish(true);
  }

  private void write(Buffer piece) {
    waitingPieces++;
    waitingBytes += piece.length();
    if (isFull()) bytes.pause();
    exchange.response().write(piece).onComplete(_ -> left(piece.length()));
  }

  private boolean isFull() {
    return waitingPieces >= WAITING_PIECES_MIN && waitingBytes >= WAITING_BYTES_MIN;
  }

  private void left(int pieceBytes) {
    boolean wasFull = isFull();
    waitingPieces--;
    waitingBytes -= pieceBytes;
    if (wasFull && !isFull() && !over) bytes.resume();
  }

  private void streamEnded() {
    if (over) return;
    if (passedBytes < lengthBytes || !toEnd) finish(passedBytes == lengthBytes);
    else
      content
          .valid()
          .onComplete(valid -> finish(valid.succeeded() && Boolean.TRUE.equals(valid.result())));
  }

  private void finish(boolean valid) {
    if (over) return;
    end();
    HttpServerResponse response = exchange.response();
    if (valid && held.length() > 0) {
      exchange.served().meters().sent(held.length());
      response.end(held);
    } else {
      response.end();
    }
    exchange.answered();
  }

  /** Whichever way. */
  private void end() {
    if (over) return;
    over = true;
    exchange.desk().watch().remove(this);
    exchange.served().meters().sending(-1);
    content.close();
  }

  @Override
  public long progress() {
    return passedBytes * 31 + RawSocket.progress(exchange.request().connection());
  }

  @Override
  public void stalled() {
    exchange.site().observer().bodyStalled(exchange);
    RawSocket.cut(exchange.request().connection());
  }
}
