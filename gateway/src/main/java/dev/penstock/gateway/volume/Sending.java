package dev.penstock.gateway.volume;

import dev.penstock.gateway.bus.Caller;
import dev.penstock.gateway.bus.Turns;
import dev.penstock.spi.snapshot.SnapshotSending;
import dev.penstock.spi.stream.BlockSource;
import dev.penstock.spi.stream.StreamHeader;
import io.vertx.core.Future;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * A snapshot as it is sent: it, and the one that it is compared with, are leased until this is
 * closed.
 *
 * <p><b>Lifecycle.</b> From {@link OwnedSnapshots#send}; whoever asked for it closes it.
 * <b>Threads.</b> Any; nothing here blocks. Calls come one after another on workers that suit the
 * store.
 */
public final class Sending implements SnapshotSending {
  private final OpenStore store;
  private final String called;
  private final BlockSource source;
  private final Consumer<Sending> last;
  private final Turns turns;
  private Optional<Future<Void>> closed = Optional.empty();

  /**
   * @param called what the store counts it as open under
   * @param last what is given back once it is closed
   */
  Sending(OpenStore store, String called, BlockSource source, Consumer<Sending> last) {
    this.store = store;
    this.called = called;
    this.source = source;
    this.last = last;
    this.turns = new Turns(called);
  }

  @Override
  public StreamHeader header() {
    return source.header();
  }

  @Override
  public <T> Future<T> run(Function<BlockSource, T> calls) {
    return Caller.here().answer(turns.take(() -> store.onOpen(() -> calls.apply(source))));
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
}
