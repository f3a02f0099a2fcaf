package dev.penstock.pruner.config;

import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Problems;
import java.time.Duration;

/**
 * What a run may take from the gateway.
 *
 * @param volumes how many are worked on at once
 * @param batch how many snapshots one call destroys, at most: what a stop or a stall can leave half
 *     done
 * @param call how long the stores may take for one call; then its volume is set aside, and left
 *     alone until the call has come back
 * @param attempts how often a run tries a volume, at most
 * @param backoff how long a volume that failed is left alone, at most
 */
public record Limits(int volumes, int batch, Duration call, int attempts, Duration backoff) {
  /**
   * The stores' workers have other work too; destroying takes milliseconds, so that a batch stays
   * far below its limit; three attempts outlast a restart of something and no more.
   */
  public static final Limits DEFAULTS =
      new Limits(4, 64, Duration.ofSeconds(60), 3, Duration.ofHours(1));

  private static final int VOLUMES_MAX = 64;
  private static final int BATCH_MAX = 10_000;
  private static final int ATTEMPTS_MAX = 100;
  private static final Duration CALL_MIN = Duration.ofMillis(100);

  static Limits read(Block block, Problems problems) {
    var limits =
        new Limits(
            count(block, "volumes", DEFAULTS.volumes, VOLUMES_MAX, problems),
            count(block, "batch", DEFAULTS.batch, BATCH_MAX, problems),
            duration(block, "call", DEFAULTS.call, problems),
            count(block, "attempts", DEFAULTS.attempts, ATTEMPTS_MAX, problems),
            duration(block, "backoff", DEFAULTS.backoff, problems));
    block.refuseOtherKeys(problems);
    return limits;
  }

  private static int count(Block block, String key, int otherwise, int most, Problems problems) {
    int count = block.integer(key, otherwise, problems);
    if (count < 1 || count > most)
      problems.add(
          block.at(key),
          "%s: %s is %d; it takes 1 to %d".formatted(block.name(), key, count, most));
    return count;
  }

  private static Duration duration(Block block, String key, Duration otherwise, Problems problems) {
    Duration limit = block.duration(key, otherwise, problems);
    if (limit.compareTo(CALL_MIN) < 0)
      problems.add(
          block.at(key),
          "%s: %s is %d ms; the least is %d ms"
              .formatted(block.name(), key, limit.toMillis(), CALL_MIN.toMillis()));
    return limit;
  }
}
