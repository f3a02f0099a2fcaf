package dev.penstock.p2p.cluster;

import dev.penstock.spi.content.KeyStore;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * A repository that is part of a cluster.
 *
 * @param name in the configuration
 * @param cost of reading from it, next to the others'
 * @param store empty while it could not be opened: it counts as one that cannot be reached
 */
public record Node(String name, int cost, Supplier<Optional<KeyStore>> store) {
  /** As git-annex has it for a repository that is neither near nor far. */
  public static final int COST = 100;

  /** One that is there, at the usual cost. */
  public static Node of(String name, KeyStore store) {
    return new Node(name, COST, () -> Optional.of(store));
  }
}
