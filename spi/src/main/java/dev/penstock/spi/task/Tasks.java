package dev.penstock.spi.task;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.concurrent.Callable;

/**
 * Runs long pieces of work where everybody can see them: {@code /v1/tasks}, the command line,
 * metrics and events.
 *
 * <p><b>Threads.</b> Any; nothing here blocks. Work runs on a virtual thread of its own and may
 * wait for the network and for futures there; file calls go through {@link
 * dev.penstock.spi.volume.OpenVolume#run}.
 *
 * @since SPI 1.0
 */
public interface Tasks {
  /** What a task does. */
  @FunctionalInterface
  interface Work<T> {
    /**
     * Does it. A cancel, a stall and the stop of the module interrupt the thread: leave then with
     * what was done kept resumable.
     */
    T run(Task task) throws Exception;
  }

  /**
   * Starts work.
   *
   * @param name for people: "settle demo"
   * @param unitsTotal how many units there are to do; 0 if nobody knows
   * @param stall how long no unit may be done before the work is interrupted
   * @return what the work returns. Fails with the {@link dev.penstock.spi.GatewayError} that it
   *     threw; with {@link dev.penstock.spi.GatewayError.Unavailable} if it stalled, was cancelled,
   *     or if as many tasks run as the gateway admits
   */
  <T> Future<T> run(String name, long unitsTotal, Duration stall, Work<T> work);

  /**
   * Runs a short piece of work that waits, on a virtual thread of its own, and that nobody need
   * see: an answer to somebody else's question. It is interrupted after a limit, and when the
   * module stops; then the future fails with {@link dev.penstock.spi.GatewayError.Unavailable}.
   *
   * @param name for messages
   */
  default <T> Future<T> brief(String name, Duration limit, Callable<T> work) {
    return run(name, 0, limit, _ -> work.call());
  }
}
