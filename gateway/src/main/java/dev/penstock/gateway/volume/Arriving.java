package dev.penstock.gateway.volume;

import dev.penstock.gateway.bus.Caller;
import dev.penstock.gateway.bus.Turns;
import dev.penstock.spi.snapshot.SnapshotReceiving;
import dev.penstock.spi.stream.Receiving;
import io.vertx.core.Future;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * A snapshot that is being received, in the hands of a module.
 *
 * <p><b>Threads.</b> Any; nothing here blocks. Calls come one after another on workers that suit
 * the store.
 */
final class Arriving implements SnapshotReceiving {
  private final OpenStore store;
  private final String called;
  private final Receiving receiving;
  private final long offset;
  private final Completion completion;
  private final Consumer<Arriving> last;
  private final Turns turns;
  private Optional<Future<Void>> closed = Optional.empty();

  /** Looks whether the volume may still receive, and then lets it. */
  @FunctionalInterface
  interface Completion {
    Future<Void> inTurn(Supplier<Future<Void>> complete);
  }

  /**
   * @param called what the store counts it as open under
   * @param last told once it is closed
   */
  Arriving(
      OpenStore store,
      String called,
      Receiving receiving,
      Completion completion,
      Consumer<Arriving> last) {
    this.store = store;
    this.called = called;
    this.receiving = receiving;
    this.offset = receiving.offset();
    this.completion = completion;
    this.last = last;
    this.turns = new Turns(called);
  }

  @Override
  public long offset() {
    return offset;
  }

  @Override
  public <T> Future<T> run(Function<Receiving, T> calls) {
    return Caller.here().answer(turns.take(() -> store.onOpen(() -> calls.apply(receiving))));
  }

  @Override
  public Future<Void> complete(String tag) {
    return Caller.here()
        .answer(completion.inTurn(() -> run(its -> done(() -> its.complete(tag))).mapEmpty()))
        .compose(_ -> close());
  }

  @Override
  public Future<Void> discard() {
    return run(its -> done(its::discard)).compose(_ -> close());
  }

  private static Optional<Void> done(Runnable call) {
    call.run();
    return Optional.empty();
  }

  /** Never refused. */
  @Override
  public synchronized Future<Void> close() {
    if (closed.isEmpty())
      closed =
          Optional.of(
              turns
                  .takeRegardless(() -> store.closeOpen(receiving::close))
                  .onComplete(_ -> {
                    store.closed(called);
                    last.accept(this);
                  }));
    return Caller.here().answer(closed.get());
  }
}
