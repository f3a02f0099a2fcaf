package dev.penstock.spi.bus;

import io.vertx.core.Future;
import java.time.Duration;

/**
 * Asks the host to do something.
 *
 * @since SPI 1.0
 */
public interface Commands {
  /**
   * @param limit how long to wait for the answer. After it the future fails with {@link
   *     dev.penstock.spi.GatewayError.Unavailable}; the command may still be carried out
   */
  Future<CommandDone> send(GatewayCommand command, Duration limit);
}
