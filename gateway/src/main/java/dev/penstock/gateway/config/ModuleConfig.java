package dev.penstock.gateway.config;

import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Mark;
import dev.penstock.spi.config.Problems;

/**
 * A module that is configured.
 *
 * @param kind which {@code GatewayModule} it is; the module's name, unless it says otherwise
 * @param settings for the module itself to read
 */
public record ModuleConfig(String name, String kind, Block settings, Mark at) {
  static ModuleConfig read(Block.Named named, Problems problems) {
    return new ModuleConfig(
        named.name(),
        named.block().text("kind", named.name(), problems),
        named.block(),
        named.at());
  }
}
