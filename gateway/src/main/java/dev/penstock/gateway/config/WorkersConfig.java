package dev.penstock.gateway.config;

import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Problems;

/**
 * The {@code workers} block: how much may be under way in stores.
 *
 * @param fileThreads platform threads for native file calls
 * @param fileQueue file calls that may wait for a thread; one more is refused
 * @param networkCalls calls on virtual threads for stores that wait on sockets; one more is refused
 */
public record WorkersConfig(int fileThreads, int fileQueue, int networkCalls) {
  private static final int FILE_THREADS_MAX = 512;
  private static final int CALLS_MAX = 1 << 20;

  /**
   * Twice as many threads as cores: a file call waits for the disk about as long as it computes.
   */
  public static WorkersConfig standard() {
    return new WorkersConfig(
        Math.max(4, 2 * Runtime.getRuntime().availableProcessors()), 4096, 1024);
  }

  static WorkersConfig read(Block block, Problems problems) {
    var standard = standard();
    var config =
        new WorkersConfig(
            count(block, "file_threads", standard.fileThreads, FILE_THREADS_MAX, problems),
            count(block, "file_queue", standard.fileQueue, CALLS_MAX, problems),
            count(block, "network_calls", standard.networkCalls, CALLS_MAX, problems));
    block.refuseOtherKeys(problems);
    return config;
  }

  private static int count(Block block, String key, int otherwise, int most, Problems problems) {
    int count = block.integer(key, otherwise, problems);
    if (count >= 1 && count <= most) return count;
    problems.add(
        block.at(key), "%s: %s is %d; it takes 1 to %d".formatted(block.name(), key, count, most));
    return otherwise;
  }
}
