package dev.penstock.p2p.socket;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpContent;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * The body of a request as it comes from the socket. Vert.x reads a dozen pieces ahead of whoever
 * has paused it, and copies each to memory that is thrown away afterwards; here nothing more is
 * read once the body is held, and the memory of its pieces can be lent.
 *
 * <p><b>Lifecycle.</b> {@link #lend}, or not; then each piece that comes is to be taken, in order,
 * and given back; then {@link #stop}. After its end a body holds nobody: others come by the same
 * connection. <b>Threads.</b> The connection's event loop.
 */
public final class RawBody {
  private static final Loan NOTHING = () -> {};

  private final Channel channel;

  /** Not taken yet. */
  private final Deque<Lent> lent = new ArrayDeque<>();

  private boolean isLending;
  private boolean hasEnded;

  /** What Vert.x sees of some memory. */
  private record Lent(ByteBuf seen, ByteBuf memory) {}

  /** The memory of a piece. */
  public interface Loan {
    /** It is not looked at any more. Once. */
    void giveBack();
  }

  RawBody(Channel channel) {
    this.channel = channel;
  }

  /** Nothing more is read, until it {@link #goOn}es. */
  public void hold() {
    if (!hasEnded) channel.config().setAutoRead(false);
  }

  public void goOn() {
    if (!hasEnded) channel.config().setAutoRead(true);
  }

  /** From now on pieces come in memory that is used again. */
  public void lend() {
    isLending = true;
  }

  /** What was not taken is not looked at any more, and the rest comes as it always does. */
  public void stop() {
    isLending = false;
    for (Lent each : lent) each.memory().release();
    lent.clear();
    goOn();
  }

  /** What a piece lies in, from whoever it has come to. */
  public Loan take(Buffer piece) {
    Lent next = lent.peek();
    if (next == null || !isIn(piece, next.seen())) return NOTHING;
    lent.remove();
    return next.memory()::release;
  }

  @SuppressWarnings("ReferenceEquality") // which memory it is, not what stands in it
  private static boolean isIn(Buffer piece, ByteBuf seen) {
    ByteBuf at = ((BufferInternal) piece).getByteBuf();
    while (at != null && at != seen) at = at.unwrap();
    return at != null;
  }

  /** On its way to Vert.x, which copies what is pooled, but not what is seen without its owner. */
  HttpContent passing(HttpContent content) {
    ByteBuf memory = content.content();
    if (!isLending || !memory.isReadable() || content.decoderResult().isFailure()) return content;
    ByteBuf seen = Unpooled.wrappedBuffer(memory.nioBuffer());
    lent.add(new Lent(seen, memory));
    return content.replace(seen);
  }

  /** Its last piece is about to pass. */
  void ends() {
    goOn();
    hasEnded = true;
  }
}
