package dev.penstock.p2p.config;

import dev.penstock.p2p.access.Right;
import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Problems;

/**
 * One repository.
 *
 * @param store what its kind reads: the block without the keys that are for us
 */
public record RepositorySettings(ServedSettings served, String kind, Block store) {
  static RepositorySettings read(
      Block.Named named, Right otherwise, Kinds kinds, Problems problems) {
    ServedSettings served = ServedSettings.read(named, otherwise, problems);
    Block block = named.block();
    String kind = block.requiredText("kind", problems);
    Block store = withoutOurs(block);
    if (!kind.isEmpty()) kinds.check(kind, block.at("kind"), store, problems);
    return new RepositorySettings(served, kind, store);
  }

  /** With the name and the places of the whole, as messages of the kind name them. */
  private static Block withoutOurs(Block block) {
    Block.Builder store = Block.named(block.name(), block.at());
    for (String key : block.keys())
      if (!key.equals("kind") && !ServedSettings.KEYS.contains(key))
        store.put(key, block.at(key), block.setting(key).orElseThrow());
    return store.build();
  }
}
