package dev.penstock.p2p.socket;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpContent;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * The body of a request as it comes from the socket: no more of it than the {@link ReadWindow} has
 * room for, and in memory that is lent. Vert.x alone copies each piece to memory that is thrown
 * away afterwards.
 *
 * <p><b>Lifecycle.</b> From the head of its request on each piece that is handed out is to be
 * taken, in order, and given back, until {@link #stop}. <b>Threads.</b> The connection's event
 * loop.
 */
public final class RawBody {
  /** What is not lent is copied to the heap, which is smaller. */
  private static final int COPIED_READ_BYTES = 64 << 10;

  private final ReadWindow window;

  /** Not taken yet. */
  private final Deque<Lent> lent = new ArrayDeque<>();

  private boolean isLending;
  private boolean hasEnded;

  /** What Vert.x sees of some memory. */
  private record Lent(ByteBuf seen, ByteBuf memory) {}

  /** A piece that somebody has. */
  public interface Loan {
    /** It is not looked at any more. Once. */
    void giveBack();
  }

  RawBody(ReadWindow window) {
    this.window = window;
  }

  /**
   * There is somebody who takes it: pieces are larger from now on.
   *
   * @param lends whether they come in memory that is used again
   */
  public void begin(boolean lends) {
    isLending = lends && !hasEnded;
    if (!hasEnded) window.read(lends ? ReadWindow.LARGE_READ_BYTES : COPIED_READ_BYTES);
  }

  /** Nobody looks at what was not taken, nor at the rest. Harmless twice. */
  public void stop() {
    isLending = false;
    for (Lent each : lent) each.memory().release();
    lent.clear();
    if (!hasEnded) window.unlimit();
  }

  /** Its last piece is about to pass; others come by the same connection. */
  void ends() {
    hasEnded = true;
  }

  public Loan take(Buffer piece) {
    int bytes = piece.length();
    Lent next = lent.peek();
    if (next == null || !isIn(piece, next.seen())) return () -> window.taken(bytes);
    lent.remove();
    return () -> {
      next.memory().release();
      window.taken(bytes);
    };
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
    boolean lends = isLending && memory.isReadable() && memory.isDirect();
    if (!lends || content.decoderResult().isFailure()) return content;
    ByteBuf seen = Unpooled.wrappedBuffer(memory.nioBuffer());
    lent.add(new Lent(seen, memory));
    return content.replace(seen);
  }
}
