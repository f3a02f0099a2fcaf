package dev.penstock.spi.content;

import dev.penstock.spi.config.Block;
import dev.penstock.spi.process.Children;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.InstantSource;
import java.util.concurrent.Callable;

/**
 * What a {@link KeyStore} may use, from {@link KeyStore#open} until its {@code close} has
 * completed.
 *
 * @since SPI 1.0
 */
public interface KeyStoreContext {
  /** The repository's name in the configuration. */
  String repository();

  /** Settings that {@link KeyStore#validate} found nothing wrong with. */
  Block settings();

  /** For connections and timers: they end with the store. */
  Vertx vertx();

  Children children();

  InstantSource clock();

  /**
   * Runs calls that may block, such as those of files, on workers whose number is bounded. The
   * answer comes on the context that asked. {@link dev.penstock.spi.GatewayError.Unavailable} at
   * once if more wait than the workers' queue takes.
   */
  <T> Future<T> run(Callable<T> calls);
}
