package dev.penstock.p2p.serve;

import dev.penstock.p2p.socket.RawBody.Loan;
import dev.penstock.p2p.socket.RawSocket;
import dev.penstock.spi.content.Putting.Stored;
import dev.penstock.spi.content.Putting.Upload;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * The body of a put on its way to an upload, or to nowhere. The next piece is read when the one
 * before is stored. On the exchange's event loop.
 *
 * <pre>
 *   as long as announced  ─► complete: what the upload says
 *   shorter               ─► closed, what came is kept for the next offer; not stored
 *   longer                ─► completed as not valid, nothing is kept; not stored
 *   client gone, stalled  ─► closed, as if shorter; no answer
 * </pre>
 */
final class Inflow implements StallWatch.Moving {
  /** So much more than announced is still read, for the answer to reach the client. */
  static final int EXCESS_BYTES_MAX = 64 << 10;

  private final Exchange exchange;
  private final Optional<Upload> upload;
  private final long skippedBytes;
  private final long announcedBytes;
  private final Consumer<Optional<Stored>> ended;
  private long receivedBytes;
  private boolean completing;
  private boolean over;

  /**
   * @param upload empty for a body that is read and forgotten
   * @param skippedBytes of the body that the upload has already
   * @param ended comes once; with nothing if there is nothing to answer any more
   */
  Inflow(
      Exchange exchange,
      Optional<Upload> upload,
      long skippedBytes,
      long announcedBytes,
      Consumer<Optional<Stored>> ended) {
    this.exchange = exchange;
    this.upload = upload;
    this.skippedBytes = skippedBytes;
    this.announcedBytes = announcedBytes;
    this.ended = ended;
  }

  void begin() {
    exchange.served().meters().receiving(1);
    exchange.onGone(this::clientGone);
    if (over) return;
    if (upload.isEmpty()) read();
    else
      attempt(() -> upload.get().begin(announcedBytes - skippedBytes))
          .onComplete(_ -> read(), this::failed);
  }

  /** How long the upload takes to begin is not watched: what came before may be looked at again. */
  private void read() {
    if (over) return;
    exchange.desk().watch().add(this);
    exchange.body().begin(upload.map(Upload::borrows).orElse(false));
    exchange.request().handler(this::came).endHandler(_ -> bodyEnded()).resume();
  }

  private void came(Buffer piece) {
    if (over) return;
    Loan loan = exchange.body().take(piece);
    Optional<Buffer> wanted = completing ? Optional.empty() : wanted(piece);
    if (wanted.isEmpty() || upload.isEmpty() || over) {
      loan.giveBack();
      return;
    }
    exchange.request().pause();
    attempt(() -> upload.get().write(wanted.get()))
        .onComplete(_ -> loan.giveBack())
        .onComplete(_ -> next(), this::failed);
  }

  /** The part of a piece that the upload has not, and was announced. */
  private Optional<Buffer> wanted(Buffer piece) {
    long before = receivedBytes;
    receivedBytes += piece.length();
    exchange.served().meters().received(piece.length());
    if (receivedBytes > announcedBytes + EXCESS_BYTES_MAX) {
      exchange.closeAfterwards();
      tooLong();
      return Optional.empty();
    }
    int from = (int) Math.min(piece.length(), Math.max(0, skippedBytes - before));
    int to = (int) Math.min(piece.length(), Math.max(0, announcedBytes - before));
    if (from >= to) return Optional.empty();
    boolean isWhole = from == 0 && to == piece.length();
    return Optional.of(isWhole ? piece : piece.slice(from, to));
  }

  private void next() {
    if (!over) exchange.request().resume();
  }

  private void bodyEnded() {
    if (over || completing) return;
    if (upload.isEmpty()) end(Optional.of(Stored.NOT));
    else if (receivedBytes > announcedBytes) tooLong();
    else if (receivedBytes < announcedBytes) end(Optional.of(Stored.NOT));
    else complete(upload.get());
  }

  /** The sender has done its part: how long the disk takes is not watched. */
  private void complete(Upload whole) {
    completing();
    attempt(() -> whole.complete(true)).onComplete(this::completed, this::failed);
  }

  private void tooLong() {
    completing();
    if (upload.isEmpty()) completed(Stored.NOT);
    else
      attempt(() -> upload.get().complete(false))
          .onComplete(_ -> completed(Stored.NOT), this::failed);
  }

  private void completing() {
    completing = true;
    exchange.desk().watch().remove(this);
  }

  private void completed(Stored stored) {
    end(Optional.of(stored));
  }

  /** All that was to come has come, if it is being completed: that goes on. */
  private void clientGone() {
    if (!completing) end(Optional.empty());
  }

  private static <T> Future<T> attempt(Supplier<Future<T>> call) {
    try {
      return call.get();
    } catch (RuntimeException e) { // a bug in the kind of the repository
      return Future.failedFuture(e);
    }
  }

  private void failed(Throwable why) {
    if (over) return;
    end(Optional.empty());
    exchange.fail(why);
  }

  /** Whichever way. */
  private void end(Optional<Stored> stored) {
    if (over) return;
    over = true;
    exchange.desk().watch().remove(this);
    exchange.body().stop();
    exchange.served().meters().receiving(-1);
    upload.ifPresent(LentContent::quietly);
    ended.accept(stored);
  }

  @Override
  public long progress() {
    return receivedBytes;
  }

  @Override
  public void stalled() {
    exchange.site().observer().bodyStalled(exchange);
    RawSocket.cut(exchange.request().connection());
  }
}
