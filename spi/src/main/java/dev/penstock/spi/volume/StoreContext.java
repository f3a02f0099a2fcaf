package dev.penstock.spi.volume;

import dev.penstock.spi.bus.Events;
import dev.penstock.spi.config.Block;
import dev.penstock.spi.metrics.Metrics;
import dev.penstock.spi.task.Tasks;
import java.time.InstantSource;

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
}
