package dev.penstock.spi.config;

import java.time.Duration;

/**
 * Reads the limits in a block, each of which has a range. One that is outside of it is a problem,
 * and then as if it were missing.
 *
 * <p><b>Threads.</b> One at a time.
 *
 * @since SPI 1.0
 */
public record LimitReader(Block block, Problems problems) {
  private static final Duration TIME_MAX = Duration.ofDays(1);

  /** A time from {@code least}, in whole milliseconds, to a day. */
  public Duration time(String key, Duration otherwise, Duration least) {
    Duration time = block.duration(key, otherwise, problems);
    if (time.compareTo(least) >= 0 && time.compareTo(TIME_MAX) <= 0) return time;
    problems.add(
        block.at(key),
        "%s: %s is %d ms; it takes %dms to 1d"
            .formatted(block.name(), key, time.toMillis(), least.toMillis()));
    return otherwise;
  }

  /** A number from 1 to {@code most}. */
  public int count(String key, int otherwise, int most) {
    return count(key, otherwise, 1, most);
  }

  /** A number from 0 to {@code most}: of what there may be none at all. */
  public int countOrNone(String key, int otherwise, int most) {
    return count(key, otherwise, 0, most);
  }

  private int count(String key, int otherwise, int least, int most) {
    int count = block.integer(key, otherwise, problems);
    if (count >= least && count <= most) return count;
    problems.add(
        block.at(key),
        "%s: %s is %d; it takes %d to %d".formatted(block.name(), key, count, least, most));
    return otherwise;
  }

  /** A size from {@code least} to {@code most}. */
  public int bytes(String key, int otherwise, int least, int most) {
    long bytes = block.bytes(key, otherwise, problems);
    if (bytes >= least && bytes <= most) return (int) bytes;
    problems.add(
        block.at(key),
        "%s: %s is %d bytes; it takes %d to %d".formatted(block.name(), key, bytes, least, most));
    return otherwise;
  }
}
