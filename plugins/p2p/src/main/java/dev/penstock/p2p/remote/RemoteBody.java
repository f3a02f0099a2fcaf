package dev.penstock.p2p.remote;

import dev.penstock.p2p.flow.Stall;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.streams.ReadStream;
import org.jspecify.annotations.Nullable;

/**
 * So many bytes of a body, and no more. A server that sends nothing although there is somebody to
 * read is given up; one that waits for a slow reader is not.
 *
 * <p><b>Threads.</b> The context of the request.
 */
final class RemoteBody implements ReadStream<Buffer> {
  private final HttpClientResponse response;
  private final RemoteServer server;
  private final Stall stall;
  private final Promise<Boolean> complete = Promise.promise();
  private long bytesLeft;
  private boolean paused;
  private boolean begun;
  private boolean over;
  private boolean closed;
  private @Nullable Handler<Buffer> handler;
  private @Nullable Handler<Void> endHandler;
  private @Nullable Handler<Throwable> exceptionHandler;

  /**
   * @param response paused
   */
  RemoteBody(HttpClientResponse response, long lengthBytes, RemoteServer server) {
    this.response = response;
    this.server = server;
    this.bytesLeft = lengthBytes;
    this.stall =
        new Stall(
            server.vertx(),
            () -> {
              failed(server.silent());
              RemoteServer.breakOff(response.request());
            });
    response.handler(this::came);
    response.endHandler(_ -> ended());
    response.exceptionHandler(why -> failed(server.away(why)));
  }

  /** Whether exactly so many came; does not fail. */
  Future<Boolean> complete() {
    return complete.future();
  }

  /** Whether nothing comes any more. */
  boolean isOver() {
    return over;
  }

  private void came(Buffer piece) {
    RemoteServer.taken(response, piece);
    if (over || closed) return;
    attend();
    Buffer wanted =
        piece.length() <= bytesLeft ? piece : piece.slice(0, (int) Math.max(0, bytesLeft));
    boolean tooLong = piece.length() > bytesLeft;
    bytesLeft -= wanted.length();
    if (handler != null && wanted.length() > 0) handler.handle(wanted);
    if (!tooLong) return;
    bytesLeft = -1; // that it goes on is known; how far does not matter
    ended();
    RemoteServer.breakOff(response.request());
  }

  private void ended() {
    if (over) return;
    over = true;
    stall.close();
    complete.tryComplete(bytesLeft == 0);
    if (!closed && endHandler != null) endHandler.handle(null);
  }

  private void failed(Throwable why) {
    if (over) return;
    over = true;
    stall.close();
    complete.tryComplete(false);
    if (!closed && exceptionHandler != null) exceptionHandler.handle(why);
  }

  /** Whether the server is waited for. */
  private void attend() {
    if (begun && !paused && !over) stall.waits(server.limits().stall());
    else stall.rests();
  }

  void close() {
    closed = true;
    stall.close();
    complete.tryComplete(false);
  }

  @Override
  public RemoteBody handler(@Nullable Handler<Buffer> handler) {
    this.handler = handler;
    if (handler == null || begun) return this;
    begun = true;
    if (!paused) response.resume();
    attend();
    return this;
  }

  @Override
  public RemoteBody pause() {
    paused = true;
    response.pause();
    attend();
    return this;
  }

  @Override
  public RemoteBody resume() {
    paused = false;
    if (begun) response.resume();
    attend();
    return this;
  }

  @Override
  public RemoteBody fetch(long amount) {
    response.fetch(amount);
    return this;
  }

  @Override
  public RemoteBody endHandler(@Nullable Handler<Void> handler) {
    endHandler = handler;
    return this;
  }

  @Override
  public RemoteBody exceptionHandler(@Nullable Handler<Throwable> handler) {
    exceptionHandler = handler;
    return this;
  }
}
