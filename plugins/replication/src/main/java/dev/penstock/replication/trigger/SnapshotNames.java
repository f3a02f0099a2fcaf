package dev.penstock.replication.trigger;

import dev.penstock.spi.volume.VolumeName;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * What snapshots are called that a job takes: a prefix, and the time. Always a {@link VolumeName}:
 * of what a time is written with, {@code +} becomes {@code _} and {@code :} becomes {@code -}.
 *
 * @param prefix by which the job knows its own again
 */
public record SnapshotNames(String prefix, Format format, ZoneId zone) {
  /** A name that is taken gets a number; so many in one instant are somebody's mistake. */
  private static final int NUMBER_MAX = 1000;

  /** A summer's, a winter's, and one that has a day and a month of two digits. */
  private static final List<Instant> TRIED =
      List.of(Instant.parse("2026-07-01T12:00:00Z"), Instant.parse("2026-12-31T23:59:59.999Z"));

  /** How the time is written. */
  public sealed interface Format {
    /** One that has a name. */
    enum Known implements Format {
      /** {@code 20260131_235959_123}. */
      DENSE,
      /** {@code 2026-01-31_23-59-59}. */
      HUMAN,
      /** {@code 2026-01-31T23-59-59.123Z}, and with {@code _01-00} elsewhere. */
      ISO_8601,
      /** {@code 1769903999}. */
      UNIX_SECONDS;

      /** As the configuration has it. */
      public String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
      }
    }

    /** A pattern of Java's {@link DateTimeFormatter}. */
    record Custom(String pattern) implements Format {}
  }

  /** Why there can be no such names; empty if there can. */
  public Optional<String> objection() {
    if (!zone.normalized().equals(ZoneOffset.UTC) && !writesZone())
      return Optional.of(
          "the format does not say which zone it is in, so that in autumn an hour's names come"
              + " twice: use the zone UTC or the format iso-8601");
    try {
      for (Instant at : TRIED) {
        Optional<String> objection = VolumeName.objection(at(at));
        if (objection.isPresent()) return objection.map(why -> why.replace("volume", "snapshot"));
        if (at(at).equals(at(at.plus(Duration.ofMinutes(1))))
            || at(at).equals(at(at.plus(Duration.ofDays(366)))))
          return Optional.of("the format gives the same name a minute later or a year later");
      }
      return Optional.empty();
    } catch (IllegalArgumentException | DateTimeException e) {
      return Optional.of("the format is no pattern for a time: " + e.getMessage());
    }
  }

  /** A name that nobody has. */
  public String at(Instant now, Predicate<String> taken) {
    String name = at(now);
    for (int number = 2; taken.test(name) && number <= NUMBER_MAX; number++)
      name = at(now) + "-" + number;
    return name;
  }

  private String at(Instant now) {
    ZonedDateTime time = now.atZone(zone);
    String written =
        switch (format) {
          case Format.Known.DENSE -> formatted(time, "yyyyMMdd_HHmmss_SSS");
          case Format.Known.HUMAN -> formatted(time, "yyyy-MM-dd_HH-mm-ss");
          case Format.Known.ISO_8601 -> formatted(time, "yyyy-MM-dd'T'HH:mm:ss.SSSXXX");
          case Format.Known.UNIX_SECONDS -> Long.toString(now.getEpochSecond());
          case Format.Custom(String pattern) -> formatted(time, pattern);
        };
    return prefix + written.replace('+', '_').replace(':', '-');
  }

  private static String formatted(ZonedDateTime time, String pattern) {
    return DateTimeFormatter.ofPattern(pattern, Locale.ROOT).format(time);
  }

  /** Whether a name tells an instant: whether one instant in two zones has two names. */
  private boolean writesZone() {
    return switch (format) {
      case Format.Known.ISO_8601, Format.Known.UNIX_SECONDS -> true;
      case Format.Known.DENSE, Format.Known.HUMAN -> false;
      case Format.Custom(String pattern) -> pattern.matches(".*[VzOXxZ].*");
    };
  }

  /** Whether the job took the snapshot, as far as its name tells. */
  public boolean isOwn(String snapshot) {
    return snapshot.startsWith(prefix);
  }
}
