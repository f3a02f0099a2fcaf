package dev.penstock.replication.job;

import dev.penstock.spi.snapshot.Meant;
import dev.penstock.spi.snapshot.SnapshotReceiving;
import dev.penstock.spi.snapshot.SnapshotSending;
import dev.penstock.spi.stream.BlockSource;
import dev.penstock.spi.stream.Receiving;
import dev.penstock.spi.stream.StreamHeader;
import dev.penstock.spi.testing.FakeSnapshots;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;

/** A store in which one call on one volume never returns, until it is mended. Threads: any. */
final class StuckSnapshots extends FakeSnapshots {
  /** Which one. */
  enum Call {
    NONE,
    OPEN,
    READ,
    BEGIN,
    WRITE,
    COMPLETE
  }

  private final String volume;
  private final AtomicInteger open = new AtomicInteger();
  private volatile Call stuck = Call.NONE;

  StuckSnapshots(String volume) {
    this.volume = volume;
  }

  void stick(Call at) {
    stuck = at;
  }

  /** What was begun, and not closed. */
  int open() {
    return open.get();
  }

  private static <T> Future<T> unless(boolean isStuck, Supplier<Future<T>> call) {
    return isStuck ? Promise.<T>promise().future() : call.get();
  }

  @Override
  public Future<SnapshotSending> send(Optional<Meant> from, Meant to, long offset) {
    boolean here = to.name().volume().equals(volume);
    return unless(
        here && stuck == Call.OPEN,
        () -> super.send(from, to, offset).map(sending -> counted(here, sending)));
  }

  private SnapshotSending counted(boolean here, SnapshotSending sending) {
    open.incrementAndGet();
    return new SnapshotSending() {
      @Override
      public StreamHeader header() {
        return sending.header();
      }

      @Override
      public <T> Future<T> run(Function<BlockSource, T> calls) {
        return unless(here && stuck == Call.READ, () -> sending.run(calls));
      }

      @Override
      public Future<Void> close() {
        open.decrementAndGet();
        return sending.close();
      }
    };
  }

  @Override
  public Future<SnapshotReceiving> receive(String copy, String store, StreamHeader header) {
    boolean here = copy.equals(volume);
    return unless(
        here && stuck == Call.BEGIN,
        () -> super.receive(copy, store, header).map(receiving -> counted(here, receiving)));
  }

  private SnapshotReceiving counted(boolean here, SnapshotReceiving receiving) {
    open.incrementAndGet();
    return new SnapshotReceiving() {
      @Override
      public long offset() {
        return receiving.offset();
      }

      @Override
      public <T> Future<T> run(Function<Receiving, T> calls) {
        return unless(here && stuck == Call.WRITE, () -> receiving.run(calls));
      }

      @Override
      public Future<Void> complete(String tag) {
        return unless(here && stuck == Call.COMPLETE, () -> receiving.complete(tag));
      }

      @Override
      public Future<Void> discard() {
        return receiving.discard();
      }

      @Override
      public Future<Void> close() {
        open.decrementAndGet();
        return receiving.close();
      }
    };
  }
}
