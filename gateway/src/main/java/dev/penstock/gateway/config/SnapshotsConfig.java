package dev.penstock.gateway.config;

import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Problems;
import java.util.List;

/**
 * The {@code snapshots} block.
 *
 * @param hooks in the order in which they are run before a snapshot; after it, the other way round
 */
public record SnapshotsConfig(List<HookConfig> hooks) {
  public SnapshotsConfig {
    hooks = List.copyOf(hooks);
  }

  static SnapshotsConfig read(Block block, Problems problems) {
    var config =
        new SnapshotsConfig(
            block.namedBlocks("hooks", problems).stream()
                .map(named -> HookConfig.read(named, problems))
                .toList());
    block.refuseOtherKeys(problems);
    return config;
  }
}
