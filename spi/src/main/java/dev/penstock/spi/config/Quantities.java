package dev.penstock.spi.config;

import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads the numbers that operators write: sizes and durations with their units. Never negative.
 *
 * @since SPI 1.0
 */
public final class Quantities {
  private static final Pattern WHOLE = Pattern.compile("(\\d{1,18})\\s*([A-Za-z]*)");

  /** A hundred years: longer makes no sense, and would not fit into nanoseconds. */
  private static final Duration LONGEST = Duration.ofDays(36_500);

  private Quantities() {}

  public static Optional<Integer> integer(String text) {
    Matcher whole = WHOLE.matcher(text);
    if (!whole.matches() || !whole.group(2).isEmpty()) return Optional.empty();
    long value = Long.parseLong(whole.group(1));
    return value > Integer.MAX_VALUE ? Optional.empty() : Optional.of((int) value);
  }

  /**
   * Bytes. Without a unit the number is bytes; {@code K}, {@code KiB}, … {@code TiB} are powers of
   * 1024.
   */
  public static Optional<Long> bytes(String text) {
    Matcher whole = WHOLE.matcher(text);
    if (!whole.matches()) return Optional.empty();
    int shift =
        switch (whole.group(2)) {
          case "", "B" -> 0;
          case "K", "KiB" -> 10;
          case "M", "MiB" -> 20;
          case "G", "GiB" -> 30;
          case "T", "TiB" -> 40;
          default -> -1;
        };
    long value = Long.parseLong(whole.group(1));
    if (shift < 0 || value > Long.MAX_VALUE >> shift) return Optional.empty();
    return Optional.of(value << shift);
  }

  /** A unit is required, but for 0. At most a hundred years. */
  public static Optional<Duration> duration(String text) {
    Matcher whole = WHOLE.matcher(text);
    if (!whole.matches()) return Optional.empty();
    long value = Long.parseLong(whole.group(1));
    if (value > Integer.MAX_VALUE) return Optional.empty();
    Optional<Duration> duration =
        switch (whole.group(2)) {
          case "" -> value == 0 ? Optional.of(Duration.ZERO) : Optional.empty();
          case "ms" -> Optional.of(Duration.ofMillis(value));
          case "s" -> Optional.of(Duration.ofSeconds(value));
          case "m", "min" -> Optional.of(Duration.ofMinutes(value));
          case "h" -> Optional.of(Duration.ofHours(value));
          case "d" -> Optional.of(Duration.ofDays(value));
          default -> Optional.empty();
        };
    return duration.filter(read -> read.compareTo(LONGEST) <= 0);
  }
}
