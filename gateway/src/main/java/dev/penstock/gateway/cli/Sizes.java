package dev.penstock.gateway.cli;

import java.time.Duration;
import java.util.List;
import java.util.Locale;

/** Numbers as people read them. */
final class Sizes {
  private static final List<String> UNITS = List.of("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB");

  private Sizes() {}

  /** {@code 1073741824} is {@code 1GiB}; what does not come out even has one decimal. */
  static String bytes(long bytes) {
    int unit = 0;
    long whole = bytes;
    while (unit < UNITS.size() - 1 && whole >= 1024 && whole % 1024 == 0) {
      whole /= 1024;
      unit++;
    }
    if (whole < 1024) return whole + UNITS.get(unit);
    double rounded = bytes;
    for (unit = 0; rounded >= 1024 && unit < UNITS.size() - 1; unit++) rounded /= 1024;
    return String.format(Locale.ROOT, "%.1f%s", rounded, UNITS.get(unit));
  }

  /** Two units at most: {@code 3d 4h}, {@code 12m 5s}, {@code 7s}. */
  static String duration(Duration duration) {
    long seconds = duration.toSeconds();
    if (seconds >= 86_400) return seconds / 86_400 + "d " + seconds % 86_400 / 3600 + "h";
    if (seconds >= 3600) return seconds / 3600 + "h " + seconds % 3600 / 60 + "m";
    if (seconds >= 60) return seconds / 60 + "m " + seconds % 60 + "s";
    return seconds + "s";
  }
}
