package dev.penstock.p2p.flow;

import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import org.jspecify.annotations.Nullable;

/**
 * Bytes that come at one {@link Home} and are read at another. Not more than {@link #WINDOW_BYTES},
 * and the piece that went beyond, are between them.
 *
 * <p><b>Lifecycle.</b> The source is not begun before there is a handler. <b>Threads.</b> What
 * {@link PieceStream} has comes at the reader's; {@link #came}, {@link #ended}, {@link #failed} at
 * the source's.
 */
public final class CrossedStream extends PieceStream {
  /** Enough to keep both sides at work over the two hops. */
  public static final int WINDOW_BYTES = 256 << 10;

  private final Home reader;
  private final Home home;
  private final Source source;

  // At the source.
  private long betweenBytes;
  private boolean held;

  // At the reader.
  private boolean begun;

  /** What gives the bytes, at its own home. */
  public interface Source {
    /** Gives what it has to the stream from now on. */
    void begin(CrossedStream to);

    void hold();

    void goOn();
  }

  public CrossedStream(Home reader, Home home, Source source) {
    this.reader = reader;
    this.home = home;
    this.source = source;
  }

  /** No bytes. */
  public static CrossedStream empty(Home reader) {
    return new CrossedStream(reader, reader, new Nothing());
  }

  private static final class Nothing implements Source {
    @Override
    public void begin(CrossedStream to) {
      to.ended();
    }

    @Override
    public void hold() {}

    @Override
    public void goOn() {}
  }

  public void came(Buffer piece) {
    betweenBytes += piece.length();
    if (betweenBytes >= WINDOW_BYTES && !held) {
      held = true;
      source.hold();
    }
    reader.run(() -> add(piece));
  }

  private void taken(long bytes) {
    betweenBytes -= bytes;
    if (held && betweenBytes <= WINDOW_BYTES / 2) {
      held = false;
      source.goOn();
    }
  }

  public void ended() {
    reader.run(this::end);
  }

  public void failed(Throwable why) {
    reader.run(() -> fail(why));
  }

  @Override
  protected void leaves(Buffer piece) {
    long bytes = piece.length();
    home.run(() -> taken(bytes));
  }

  @Override
  public CrossedStream handler(@Nullable Handler<Buffer> to) {
    super.handler(to);
    if (to == null || begun) return this;
    begun = true;
    home.run(() -> source.begin(this));
    return this;
  }
}
