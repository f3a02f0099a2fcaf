package dev.penstock.spi.process;

import dev.penstock.spi.GatewayError;
import io.vertx.core.Future;
import java.util.List;

/**
 * Starts programs whose input and output are streams, such as {@code ssh} to another gateway.
 *
 * <p><b>Lifecycle.</b> The host kills what still runs when the module stops. <b>Threads.</b> Any;
 * nothing blocks. What comes of a child comes on the Vert.x context that started it.
 *
 * <p><b>What a child gets.</b> Its three streams and no other descriptor of this process; the
 * environment variables PATH, HOME, LANG and, where there is one, SSH_AUTH_SOCK. What it writes to
 * its standard error is in the host's log.
 *
 * @since SPI 1.0
 */
public interface Children {
  /**
   * Starts a program.
   *
   * <p>{@link GatewayError.Unavailable} while there are as many as the host allows, and when it has
   * no thread for one more. One counts until it has ended and {@link Child#stdout} was read to its
   * end, or {@link Child#kill} was called. {@link GatewayError.Failed} if it cannot be started;
   * {@link GatewayError.Invalid} for no command.
   *
   * @param command the program, which is looked for in PATH, and its arguments: no shell sees them
   */
  Future<Child> start(List<String> command);
}
