package dev.penstock.p2p.serve;

import dev.penstock.p2p.config.ServedSettings;
import dev.penstock.spi.content.KeyStore;

/**
 * A repository or cluster that can be asked.
 *
 * @param kind as in the settings; {@code cluster} for one
 */
public record Served(
    ServedSettings settings, String kind, String uuid, KeyStore store, Meters meters) {
  public String name() {
    return settings.name();
  }
}
