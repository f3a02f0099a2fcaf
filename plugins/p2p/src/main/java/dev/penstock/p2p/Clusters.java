package dev.penstock.p2p;

import dev.penstock.p2p.config.ClusterSettings;
import dev.penstock.p2p.config.Limits;
import dev.penstock.spi.content.KeyStore;
import java.util.Map;
import java.util.function.Supplier;

/** Makes clusters of repositories. */
@FunctionalInterface
interface Clusters {
  /**
   * One cluster, which is then opened and closed as any repository is.
   *
   * @param nodes the repositories that are there now, by name and in the order of the settings: one
   *     that cannot be opened is missing, and may come later
   */
  KeyStore make(ClusterSettings settings, Supplier<Map<String, KeyStore>> nodes, Limits limits);
}
