package dev.penstock.p2p;

import io.vertx.core.Context;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Bytes in pieces, one for each turn of the event loop, as long as somebody wants them. */
final class Pieces implements ReadStream<Buffer> {
  private static final int PIECE_BYTES = 32 << 10;

  private final Context context = Objects.requireNonNull(Vertx.currentContext());
  private final Buffer bytes;
  private @Nullable Handler<Buffer> handler;
  private @Nullable Handler<Void> ended;
  private int at;
  private long demand = Long.MAX_VALUE;
  private boolean turning;
  private boolean over;

  Pieces(Buffer bytes) {
    this.bytes = bytes;
  }

  private void turn() {
    if (turning || handler == null || demand == 0 || over) return;
    turning = true;
    context.runOnContext(_ -> {
      turning = false;
      deliver();
    });
  }

  private void deliver() {
    Handler<Buffer> to = handler;
    if (to == null || demand == 0 || over) return;
    if (at == bytes.length()) {
      over = true;
      if (ended != null) ended.handle(null);
      return;
    }
    int end = Math.min(bytes.length(), at + PIECE_BYTES);
    Buffer piece = bytes.getBuffer(at, end);
    at = end;
    if (demand != Long.MAX_VALUE) demand--;
    to.handle(piece);
    turn();
  }

  @Override
  public ReadStream<Buffer> exceptionHandler(@Nullable Handler<Throwable> failed) {
    return this;
  }

  @Override
  public ReadStream<Buffer> handler(@Nullable Handler<Buffer> to) {
    handler = to;
    turn();
    return this;
  }

  @Override
  public ReadStream<Buffer> pause() {
    demand = 0;
    return this;
  }

  @Override
  public ReadStream<Buffer> resume() {
    return fetch(Long.MAX_VALUE);
  }

  @Override
  public ReadStream<Buffer> fetch(long amount) {
    demand = demand + amount < 0 ? Long.MAX_VALUE : demand + amount;
    turn();
    return this;
  }

  @Override
  public ReadStream<Buffer> endHandler(@Nullable Handler<Void> to) {
    ended = to;
    return this;
  }
}
