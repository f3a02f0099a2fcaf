package dev.penstock.spi.module;

import dev.penstock.spi.GatewayError;
import io.vertx.core.Future;
import java.util.concurrent.Callable;

/**
 * Threads for calls that may block, such as those of files. Their number is bounded, and all
 * modules and stores share them.
 *
 * <p><b>Threads.</b> Any; nothing blocks.
 *
 * @since SPI 1.0
 */
@FunctionalInterface
public interface FileWorkers {
  /**
   * Runs calls. The future completes on the context that asked, if it has one; it fails with what
   * the calls threw, and with {@link GatewayError.Unavailable} at once if more calls wait than the
   * workers' queue takes.
   */
  <T> Future<T> run(Callable<T> calls);
}
