package dev.penstock.spi.volume;

import io.vertx.core.Future;
import java.util.concurrent.Callable;

/**
 * A volume in the hands of one user.
 *
 * <p><b>Lifecycle.</b> From {@link Volumes#open}; <b>whoever opened it closes it</b>, once no call
 * is under way. The host closes what a module leaves open when the module stops. <b>Threads.</b>
 * Any; nothing here blocks.
 *
 * @since SPI 1.0
 */
public interface OpenVolume {
  /** For the fast path and for what never blocks; every other call goes through {@link #run}. */
  Volume volume();

  /**
   * The access it was opened with; writes through {@link Access#READ} are {@link
   * dev.penstock.spi.GatewayError.Denied}.
   */
  Access access();

  /**
   * Runs calls that may block on workers that suit the store. A failure that concerns the whole
   * volume marks it as unhealthy and is published, once.
   *
   * <p>The future completes on the context of the caller, if it has one. It fails with what the
   * call threw; with {@link dev.penstock.spi.GatewayError.Unavailable} at once if more calls wait
   * than the workers' queue takes.
   */
  <T> Future<T> run(Callable<T> calls);

  /**
   * The same for one client of several. It is closed once the client has gone, whatever is under
   * way for it: {@link #close} of what this answers breaks that off, where it would else go on
   * without it ({@link Volume#forClient}). Where there is nothing to break off this answers itself,
   * and then it is not closed for a client: {@link GateClient} knows. Never blocks.
   */
  default OpenVolume forClient() {
    return this;
  }

  /** Gives the volume back. Harmless twice. Completes when the next user may open it. */
  Future<Void> close();
}
