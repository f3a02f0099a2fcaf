package dev.penstock.spi.volume;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.bus.Events;
import dev.penstock.spi.config.Block;
import dev.penstock.spi.metrics.Metrics;
import dev.penstock.spi.task.Tasks;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.InstantSource;
import java.util.concurrent.Callable;

/**
 * What a store may use of the host, from {@link VolumeStore#open} to {@link VolumeStore#close}.
 *
 * @since SPI 1.0
 */
public interface StoreContext {
  /** The store's name in the configuration. */
  String store();

  /** Settings that {@link VolumeStore#validate} found nothing wrong with. */
  Block settings();

  Events events();

  Tasks tasks();

  Metrics metrics();

  InstantSource clock();

  /**
   * Runs calls that may block on workers that suit the store: for its tasks, whose own threads are
   * for waiting. The future fails with what the calls threw, and with {@link
   * GatewayError.Unavailable} at once if more calls wait than the workers' queue takes.
   *
   * <p>A host without such workers runs them at once, on the thread that calls.
   */
  default <T> Future<T> run(Callable<T> calls) {
    try {
      return Future.succeededFuture(calls.call());
    } catch (Exception e) {
      return Future.failedFuture(e);
    }
  }

  /**
   * For stores that wait for the network: sockets and timers, on event loops that never block.
   *
   * <p>The store owns what it makes with it: clients, contexts and timers end before {@link
   * VolumeStore#close} returns, since what is left behind would keep the plugin's classes. Calls of
   * the store come on threads without a context; {@link Vertx#getOrCreateContext} gives one, to be
   * kept for as long as it is used.
   *
   * <p>{@link GatewayError.Unsupported} from a host that lends no event loops to stores.
   */
  default Vertx vertx() {
    throw new GatewayError.Unsupported("this host lends no event loops to stores");
  }
}
