package dev.penstock.p2p.config;

import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Problems;
import java.time.Duration;

/**
 * Reads the limits in a block, each of which has a range. One that is outside of it is a problem,
 * and then as if it were missing.
 */
record LimitReader(Block block, Problems problems) {
  private static final Duration TIME_MAX = Duration.ofDays(1);

  /** A time from {@code least}, in whole milliseconds, to a day. */
  Duration time(String key, Duration otherwise, Duration least) {
    Duration time = block.duration(key, otherwise, problems);
    if (time.compareTo(least) >= 0 && time.compareTo(TIME_MAX) <= 0) return time;
    problems.add(
        block.at(key),
        "%s: %s is %d ms; it takes %dms to 1d"
            .formatted(block.name(), key, time.toMillis(), least.toMillis()));
    return otherwise;
  }

  int count(String key, int otherwise, int most) {
    int count = block.integer(key, otherwise, problems);
    if (count >= 1 && count <= most) return count;
    problems.add(
        block.at(key), "%s: %s is %d; it takes 1 to %d".formatted(block.name(), key, count, most));
    return otherwise;
  }

  int bytes(String key, int otherwise, int least, int most) {
    long bytes = block.bytes(key, otherwise, problems);
    if (bytes >= least && bytes <= most) return (int) bytes;
    problems.add(
        block.at(key),
        "%s: %s is %d bytes; it takes %d to %d".formatted(block.name(), key, bytes, least, most));
    return otherwise;
  }
}
