package dev.penstock.gateway.volume;

import dev.penstock.gateway.bus.Caller;
import dev.penstock.gateway.bus.Turns;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.snapshot.SnapshotSending;
import dev.penstock.spi.stream.BlockSource;
import dev.penstock.spi.stream.StreamHeader;
import io.vertx.core.Future;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * A snapshot as it is sent: it, and the one that it is compared with, are leased until this is
 * closed.
 *
 * <p><b>Lifecycle.</b> From {@link OwnedSnapshots#send}; whoever asked for it closes it, and {@link
 * #breakOff} does before him: from then on no bytes come any more. <b>Threads.</b> Any; nothing
 * here blocks. Calls come one after another on workers that suit the store.
 */
public final class Sending implements SnapshotSending {
  private final OpenStore store;
  private final String called;
  private final Watched source;
  private final BooleanSupplier end;
  private final Consumer<Sending> last;
  private final Turns turns;
  private Optional<Future<Void>> closed = Optional.empty();
  private volatile Optional<GatewayError> broken = Optional.empty();

  /**
   * @param called what the store counts it as open under
   * @param end asked before the end goes out: false if it must not
   * @param last what is given back once it is closed
   */
  Sending(
      OpenStore store,
      String called,
      BlockSource source,
      BooleanSupplier end,
      Consumer<Sending> last) {
    this.store = store;
    this.called = called;
    this.source = new Watched(source);
    this.end = end;
    this.last = last;
    this.turns = new Turns(called);
  }

  @Override
  public StreamHeader header() {
    return source.header();
  }

  @Override
  public <T> Future<T> run(Function<BlockSource, T> calls) {
    return Caller.here().answer(turns.take(() -> store.onOpen(() -> read(calls))));
  }

  /** The end goes out with the answer: not if what is sent is to be destroyed meanwhile. */
  private <T> T read(Function<BlockSource, T> calls) {
    requireWhole();
    T answer = calls.apply(source);
    requireWhole();
    if (source.atEnd && !end.getAsBoolean())
      throw new GatewayError.Conflict(called + " is being destroyed");
    return answer;
  }

  private void requireWhole() {
    if (broken.isPresent()) throw broken.get();
  }

  /** Whoever reads it hears why. Completes as {@link #close} does. */
  Future<Void> breakOff(GatewayError why) {
    broken = Optional.of(why);
    return close();
  }

  synchronized boolean isClosed() {
    return closed.filter(Future::isComplete).isPresent();
  }

  /** Never refused. */
  @Override
  public synchronized Future<Void> close() {
    if (closed.isEmpty())
      closed =
          Optional.of(
              turns
                  .takeRegardless(() -> store.closeOpen(source::close))
                  .onComplete(_ -> store.closed(called))
                  .onComplete(_ -> last.accept(this)));
    return Caller.here().answer(closed.get());
  }

  /** Notes that its end was read. One call at a time. */
  private static final class Watched implements BlockSource {
    private final BlockSource source;
    private volatile boolean atEnd;

    Watched(BlockSource source) {
      this.source = source;
    }

    @Override
    public StreamHeader header() {
      return source.header();
    }

    @Override
    public Optional<Piece> next(ByteBuffer buffer) {
      Optional<Piece> piece = source.next(buffer);
      atEnd = piece.isEmpty();
      return piece;
    }

    @Override
    public void close() {
      source.close();
    }
  }
}
