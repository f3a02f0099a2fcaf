package dev.penstock.nbd.config;

import dev.penstock.nbd.wire.Wire;
import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Problems;
import io.vertx.core.json.JsonObject;
import java.util.Optional;

/**
 * What the requests of clients may look like. Protocol document, "Block size constraints".
 *
 * @param minimum bytes that offsets and lengths must be a multiple of
 * @param preferred bytes that they had better be a multiple of
 * @param maximum the longest READ or WRITE, in bytes; {@link Limits#requestBytes} may be less
 */
public record BlockSize(int minimum, int preferred, int maximum) {
  /** Any byte may be addressed; 4 KiB is what stores and page caches work in. */
  public static final BlockSize DEFAULTS = new BlockSize(1, 4096, Wire.PAYLOAD_BYTES_PORTABLE);

  /** "MUST be a power of 2, and MUST be at least 1 and no more than 2^16". */
  static final int MINIMUM_MAX = 64 << 10;

  /** "MUST be a power of 2 ... at least 512". */
  static final int PREFERRED_MIN = 512;

  static BlockSize read(Block block, Problems problems) {
    var sizes =
        new BlockSize(
            bytes(block, "minimum", DEFAULTS.minimum, problems),
            bytes(block, "preferred", DEFAULTS.preferred, problems),
            bytes(block, "maximum", DEFAULTS.maximum, problems));
    block.refuseOtherKeys(problems);
    sizes.objection().ifPresent(why -> problems.add(block.at(), block.name() + ": " + why));
    return sizes;
  }

  private static int bytes(Block block, String key, int otherwise, Problems problems) {
    return (int) Math.min(block.bytes(key, otherwise, problems), Integer.MAX_VALUE);
  }

  private Optional<String> objection() {
    if (Integer.bitCount(minimum) != 1 || minimum > MINIMUM_MAX) {
      return Optional.of("minimum is %d; it takes a power of two up to 64KiB".formatted(minimum));
    }
    int least = Math.max(minimum, PREFERRED_MIN);
    if (Integer.bitCount(preferred) != 1 || preferred < least || preferred > maximum) {
      return Optional.of(
          "preferred is %d; it takes a power of two from %d to the maximum of %d"
              .formatted(preferred, least, maximum));
    }
    if (maximum % minimum != 0
        || maximum < Limits.REQUEST_BYTES_MIN
        || maximum > Limits.PAYLOAD_BYTES_MAX) {
      return Optional.of(
          "maximum is %d; it takes a multiple of the minimum from 64KiB to 32MiB"
              .formatted(maximum));
    }
    return Optional.empty();
  }

  JsonObject toJson() {
    return new JsonObject()
        .put("minimum", minimum)
        .put("preferred", preferred)
        .put("maximum", maximum);
  }
}
