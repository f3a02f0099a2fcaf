package dev.penstock.spi.snapshot;

import dev.penstock.spi.stream.Receiving;
import io.vertx.core.Future;
import java.util.function.Function;

/**
 * A snapshot that is being received.
 *
 * <p><b>Lifecycle.</b> From {@link Snapshots#receive}; then {@link #complete}, {@link #discard}, or
 * {@link #close}, which keeps what has come. Whoever asked for it closes it, and the host does when
 * the module stops. <b>Threads.</b> Any; nothing here blocks.
 *
 * @since SPI 1.0
 */
public interface SnapshotReceiving {
  /** Everything before this offset was here, durably, when the sitting began. */
  long offset();

  /**
   * Runs calls that may block, one after another, on workers that suit the store; they must neither
   * complete nor close it.
   */
  <T> Future<T> run(Function<Receiving, T> calls);

  /** {@link Receiving#complete(String)}. */
  Future<Void> complete(String tag);

  /** Gives up what was received. */
  Future<Void> discard();

  /** Leaves off, and keeps what is durable. Harmless twice, and after the two others. */
  Future<Void> close();
}
