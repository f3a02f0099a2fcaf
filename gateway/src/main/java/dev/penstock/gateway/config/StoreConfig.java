package dev.penstock.gateway.config;

import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Mark;
import dev.penstock.spi.config.Problems;

/**
 * A store that is configured.
 *
 * @param kind which {@code VolumeStore} it is; the store's name, unless it says otherwise
 * @param settings for the store itself to read
 */
public record StoreConfig(String name, String kind, Block settings, Mark at) {
  static StoreConfig read(Block.Named named, Problems problems) {
    return new StoreConfig(
        named.name(),
        named.block().text("kind", named.name(), problems),
        named.block(),
        named.at());
  }
}
