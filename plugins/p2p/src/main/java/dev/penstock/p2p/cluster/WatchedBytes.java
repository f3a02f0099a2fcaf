package dev.penstock.p2p.cluster;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Bytes that are passed on as they come, and of which it is told if they break off: by an error, or
 * by an end that comes too early, which is how a server marks what is not valid.
 *
 * <p><b>Threads.</b> Those of the stream.
 */
final class WatchedBytes implements ReadStream<Buffer> {
  private final ReadStream<Buffer> bytes;
  private final long lengthBytes;
  private final Consumer<Throwable> broken;
  private long passedBytes;

  /**
   * @param lengthBytes how many have to come
   * @param broken gets what broke it off
   */
  WatchedBytes(ReadStream<Buffer> bytes, long lengthBytes, Consumer<Throwable> broken) {
    this.bytes = bytes;
    this.lengthBytes = lengthBytes;
    this.broken = broken;
  }

  static GatewayError damaged() {
    return new GatewayError.Failed(
        Scope.REQUEST, "content that comes is not what its key stands for");
  }

  @Override
  public WatchedBytes handler(@Nullable Handler<Buffer> handler) {
    bytes.handler(
        handler == null
            ? null
            : piece -> {
              passedBytes += piece.length();
              handler.handle(piece);
            });
    return this;
  }

  @Override
  public WatchedBytes endHandler(@Nullable Handler<Void> handler) {
    bytes.endHandler(_ -> {
      if (passedBytes < lengthBytes) broken.accept(damaged());
      if (handler != null) handler.handle(null);
    });
    return this;
  }

  @Override
  public WatchedBytes exceptionHandler(@Nullable Handler<Throwable> handler) {
    bytes.exceptionHandler(why -> {
      broken.accept(why);
      if (handler != null) handler.handle(why);
    });
    return this;
  }

  @Override
  public WatchedBytes pause() {
    bytes.pause();
    return this;
  }

  @Override
  public WatchedBytes resume() {
    bytes.resume();
    return this;
  }

  @Override
  public WatchedBytes fetch(long amount) {
    bytes.fetch(amount);
    return this;
  }
}
