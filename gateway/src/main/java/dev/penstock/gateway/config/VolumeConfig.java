package dev.penstock.gateway.config;

import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Mark;
import dev.penstock.spi.config.Nearest;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.volume.VolumeName;
import java.util.Set;

/**
 * A volume that is made at start if no store has it. It is never resized or removed by what the
 * file says.
 *
 * @param store the name of the store that it is made in
 */
public record VolumeConfig(String name, String store, long sizeBytes, Mark at) {
  static VolumeConfig read(Block.Named named, Set<String> stores, Problems problems) {
    Block block = named.block();
    VolumeName.objection(named.name()).ifPresent(why -> problems.add(named.at(), why));
    var volume =
        new VolumeConfig(
            named.name(), store(block, stores, problems), size(block, problems), named.at());
    block.refuseOtherKeys(problems);
    return volume;
  }

  private static String store(Block block, Set<String> stores, Problems problems) {
    String store = block.requiredText("store", problems);
    if (store.isEmpty() || stores.contains(store)) return store;
    String nearest = Nearest.to(store, stores).map(s -> "; did you mean " + s + "?").orElse("");
    problems.add(
        block.at("store"), "%s: there is no store %s%s".formatted(block.name(), store, nearest));
    return store;
  }

  private static long size(Block block, Problems problems) {
    if (!block.has("size")) {
      problems.add(block.at(), "%s: size is missing".formatted(block.name()));
      return 0;
    }
    int before = problems.count();
    long size = block.bytes("size", 0, problems);
    if (size == 0 && problems.count() == before)
      problems.add(
          block.at("size"), "%s: size is 0; a volume has at least 1 byte".formatted(block.name()));
    return size;
  }
}
