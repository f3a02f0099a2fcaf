package dev.penstock.pruner.rule;

import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.retention.Series;
import java.time.Duration;
import java.time.Instant;

/** How old a snapshot is, by the time of day. */
final class Age {
  private static final String KEY = "age";

  private Age() {}

  static Duration read(Block settings, Problems problems) {
    if (!settings.has(KEY)) {
      problems.add(
          settings.at(),
          "%s: age is missing; it takes a duration as 7d".formatted(settings.name()));
      return Duration.ZERO;
    }
    int before = problems.count();
    Duration age = settings.duration(KEY, Duration.ZERO, problems);
    if (age.isZero() && problems.count() == before)
      problems.add(
          settings.at(KEY), "%s: age is 0; it takes a duration as 7d".formatted(settings.name()));
    return age;
  }

  /** When those were taken that are just as old now. */
  static Instant takenAt(Series series, Duration age) {
    return series.now().minus(age);
  }
}
