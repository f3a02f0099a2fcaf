package dev.penstock.spi.content;

import io.vertx.core.Future;

/**
 * Content that nobody removes as long as this is held. Several may hold the same.
 *
 * <p><b>Lifecycle.</b> {@link #release}, once. <b>Threads.</b> Any.
 *
 * @since SPI 1.0
 */
public interface Hold {
  /** Completes if it is held no longer although nobody released it: the way to it is gone. */
  Future<Void> lost();

  /** Completes once it is let go of; harmless twice. Does not fail. */
  Future<Void> release();
}
