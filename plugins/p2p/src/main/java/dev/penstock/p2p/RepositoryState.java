package dev.penstock.p2p;

import dev.penstock.p2p.cluster.Cluster;
import dev.penstock.p2p.cluster.NodeState;
import dev.penstock.p2p.config.ServedSettings;
import dev.penstock.p2p.serve.Meters;
import dev.penstock.p2p.serve.Served;
import dev.penstock.spi.content.ConnectionPool;
import dev.penstock.spi.content.KeyStore;
import java.util.List;
import java.util.Optional;

/**
 * How a repository or a cluster is, for those who look after it.
 *
 * @param trouble empty if it is served
 * @param nodes of a cluster; empty for a repository
 * @param pool of a repository that is reached by connections
 */
record RepositoryState(
    ServedSettings settings,
    String kind,
    Optional<String> uuid,
    Optional<String> trouble,
    Meters meters,
    List<NodeState> nodes,
    Optional<ConnectionPool> pool) {

  /** What is known of its nodes, which have these names. */
  static List<NodeState> nodes(Optional<Served> served, List<String> names) {
    return served
        .map(Served::store)
        .filter(Cluster.class::isInstance)
        .map(Cluster.class::cast)
        .map(Cluster::nodes)
        .orElseGet(() -> names.stream().map(NodeState::unknown).toList());
  }

  static Optional<ConnectionPool> pool(Optional<Served> served) {
    return served.map(Served::store).flatMap(RepositoryState::pool);
  }

  private static Optional<ConnectionPool> pool(KeyStore store) {
    try {
      return store.pool();
    } catch (Throwable _) { // of a plugin, whatever it likes
      return Optional.empty();
    }
  }
}
