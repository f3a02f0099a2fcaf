package dev.penstock.gateway.admin;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import java.time.Duration;
import java.util.Optional;

/**
 * Sends a body as fast as it is read, and no faster: what waits in memory is one write queue. A
 * reader may be as slow as he likes while bytes move; after {@code limit} without a byte the future
 * fails with {@link Stalled}.
 */
final class ReplyWriter {
  /** What may wait for the socket, for each connection. */
  static final int QUEUE_BYTES_MAX = 64 << 10;

  /** The reader took nothing, or the rest of the body did not come, for a whole limit. */
  @SuppressWarnings("serial") // never serialized: it ends a connection
  static final class Stalled extends RuntimeException {
    Stalled(long bytes) {
      super("nothing moved after " + bytes + " bytes of the answer", null, false, false);
    }
  }

  /** The caller closed his end. */
  @SuppressWarnings("serial") // never serialized
  static final class Gone extends RuntimeException {
    Gone() {
      super("the caller went away", null, false, false);
    }
  }

  private final Vertx vertx;
  private final Context context;
  private final HttpServerResponse response;
  private final Pieces pieces;
  private final long limitNanos;
  private final Promise<Void> outcome = Promise.promise();
  private long timer;
  private long movedAtNanos = System.nanoTime();
  private long sentBytes;

  private ReplyWriter(Vertx vertx, HttpServerResponse response, Pieces pieces, Duration limit) {
    this.vertx = vertx;
    this.context = vertx.getOrCreateContext();
    this.response = response;
    this.pieces = pieces;
    this.limitNanos = limit.toNanos();
  }

  /**
   * @param first the first piece, which was asked for before the status was sent: until then a
   *     failure is still a problem
   */
  static Future<Void> send(
      Vertx vertx,
      HttpServerResponse response,
      Optional<Buffer> first,
      Pieces rest,
      Duration limit) {
    var writer = new ReplyWriter(vertx, response, rest, limit);
    return writer.run(first);
  }

  private Future<Void> run(Optional<Buffer> first) {
    response.setWriteQueueMaxSize(QUEUE_BYTES_MAX);
    response.closeHandler(_ -> outcome.tryFail(new Gone()));
    watch(limitNanos);
    take(first);
    return outcome.future().onComplete(_ -> vertx.cancelTimer(timer));
  }

  private void take(Optional<Buffer> piece) {
    if (outcome.future().isComplete()) return;
    moved();
    if (piece.isEmpty()) {
      response
          .end()
          .onSuccess(_ -> outcome.tryComplete())
          .onFailure(_ -> outcome.tryFail(new Gone()));
      return;
    }
    int bytes = piece.get().length();
    response
        .write(piece.get())
        .onSuccess(_ -> {
          sentBytes += bytes;
          moved();
        })
        .onFailure(_ -> outcome.tryFail(new Gone()));
    if (response.writeQueueFull()) response.drainHandler(_ -> context.runOnContext(_ -> ask()));
    else context.runOnContext(_ -> ask()); // not from here: the stack would grow with the body
  }

  private void ask() {
    if (outcome.future().isComplete()) return;
    response.drainHandler(null);
    pieces
        .next()
        .onSuccess(piece -> context.runOnContext(_ -> take(piece)))
        .onFailure(failure -> context.runOnContext(_ -> outcome.tryFail(failure)));
  }

  private void moved() {
    movedAtNanos = System.nanoTime();
  }

  private void watch(long delayNanos) {
    timer =
        vertx.setTimer(
            Math.max(1, Duration.ofNanos(delayNanos).toMillis()),
            _ -> {
              long quietNanos = System.nanoTime() - movedAtNanos;
              if (quietNanos >= limitNanos) outcome.tryFail(new Stalled(sentBytes));
              else watch(limitNanos - quietNanos);
            });
  }
}
