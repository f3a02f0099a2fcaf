package dev.penstock.p2p.flow;

import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Bytes that come at one {@link Home} and are read at another. Not more than {@link #WINDOW_BYTES},
 * and the piece that went beyond, are between them.
 *
 * <p><b>Lifecycle.</b> The source is not begun before there is a handler. {@link #close} ends it,
 * also before its end; no handler is called after that. <b>Threads.</b> What {@link ReadStream}
 * has, and {@link #close}, come at the reader's; {@link #came}, {@link #ended}, {@link #failed} at
 * the source's.
 */
public final class CrossedStream implements ReadStream<Buffer> {
  /** Enough to keep both sides at work over the two hops. */
  public static final int WINDOW_BYTES = 256 << 10;

  private final Home reader;
  private final Home home;
  private final Source source;

  // At the source.
  private long betweenBytes;
  private boolean held;

  // At the reader.
  private final Deque<Buffer> arrived = new ArrayDeque<>();
  private long demand = Long.MAX_VALUE;
  private boolean begun;
  private boolean draining;
  private boolean isOver;
  private boolean closed;
  private Optional<Throwable> failure = Optional.empty();
  private @Nullable Handler<Buffer> handler;
  private @Nullable Handler<Void> endHandler;
  private @Nullable Handler<Throwable> exceptionHandler;

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
    reader.run(() -> arrive(piece));
  }

  private void taken(long bytes) {
    betweenBytes -= bytes;
    if (held && betweenBytes <= WINDOW_BYTES / 2) {
      held = false;
      source.goOn();
    }
  }

  public void ended() {
    reader.run(() -> {
      isOver = true;
      drain();
    });
  }

  public void failed(Throwable why) {
    reader.run(() -> {
      failure = Optional.of(why);
      isOver = true;
      drain();
    });
  }

  private void arrive(Buffer piece) {
    if (closed) return;
    arrived.add(piece);
    drain();
  }

  /** Not in itself: a handler that asks for more is called again by the call that called it. */
  private void drain() {
    if (draining) return;
    draining = true;
    try {
      long bytes = handOut();
      if (bytes > 0) home.run(() -> taken(bytes));
    } finally {
      draining = false;
    }
    if (isOver && arrived.isEmpty() && demand > 0) finish();
  }

  private long handOut() {
    long bytes = 0;
    while (!closed && demand > 0 && !arrived.isEmpty()) {
      Handler<Buffer> taking = handler;
      if (taking == null) break;
      Buffer piece = arrived.remove();
      if (demand != Long.MAX_VALUE) demand--;
      bytes += piece.length();
      taking.handle(piece);
    }
    return bytes;
  }

  private void finish() {
    if (closed || !begun) return;
    closed = true;
    if (failure.isPresent()) {
      if (exceptionHandler != null) exceptionHandler.handle(failure.get());
    } else if (endHandler != null) {
      endHandler.handle(null);
    }
  }

  public void close() {
    closed = true;
    arrived.clear();
  }

  @Override
  public CrossedStream handler(@Nullable Handler<Buffer> handler) {
    this.handler = handler;
    if (handler == null) return this;
    if (!begun) {
      begun = true;
      home.run(() -> source.begin(this));
    }
    drain();
    return this;
  }

  @Override
  public CrossedStream pause() {
    demand = 0;
    return this;
  }

  @Override
  public CrossedStream resume() {
    return fetch(Long.MAX_VALUE);
  }

  @Override
  public CrossedStream fetch(long amount) {
    demand = demand + amount < 0 ? Long.MAX_VALUE : demand + amount;
    drain();
    return this;
  }

  @Override
  public CrossedStream endHandler(@Nullable Handler<Void> handler) {
    endHandler = handler;
    return this;
  }

  @Override
  public CrossedStream exceptionHandler(@Nullable Handler<Throwable> handler) {
    exceptionHandler = handler;
    return this;
  }
}
