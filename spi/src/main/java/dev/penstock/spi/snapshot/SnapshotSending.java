package dev.penstock.spi.snapshot;

import dev.penstock.spi.stream.BlockSource;
import dev.penstock.spi.stream.StreamHeader;
import io.vertx.core.Future;
import java.util.function.Function;

/**
 * A snapshot as it is sent: it, and the one that it is compared with, are not destroyed until this
 * is closed.
 *
 * <p><b>Lifecycle.</b> From {@link Snapshots#send}; whoever asked for it closes it, and the host
 * does when the module stops. <b>Threads.</b> Any; nothing here blocks.
 *
 * @since SPI 1.0
 */
public interface SnapshotSending {
  StreamHeader header();

  /**
   * Runs calls that may block, one after another, on workers that suit the store; they must not
   * close the source. {@link dev.penstock.spi.GatewayError.Conflict} once this has been broken off:
   * see {@link Snapshots#destroyNeeded}.
   */
  <T> Future<T> run(Function<BlockSource, T> calls);

  /** Harmless twice. Completes when nobody is kept from destroying what was sent. */
  Future<Void> close();
}
