package dev.penstock.replication.schedule;

import java.time.Duration;
import java.util.function.DoubleSupplier;

/**
 * How long a volume that failed waits: twice as long each time, up to a bound, and then a part of
 * that by chance, so that what failed together does not come back together.
 *
 * @param first after one failure, at most
 * @param most however many there were
 * @param chance from 0 to 1
 */
public record BackOff(Duration first, Duration most, DoubleSupplier chance) {
  private static final Duration FIRST = Duration.ofSeconds(4);

  /** Somebody who mends something does not wait much longer than this to see it work. */
  private static final Duration MOST = Duration.ofMinutes(5);

  /** What an error asks for may be anything: a plugin's, or a peer's. */
  private static final Duration ASKED_MOST = Duration.ofHours(1);

  /** At least this part is waited for. */
  private static final double CERTAIN = 0.5;

  /** So often doubled, every first wait is longer than any bound. */
  private static final int DOUBLINGS_MAX = 30;

  public BackOff(DoubleSupplier chance) {
    this(FIRST, MOST, chance);
  }

  /**
   * After so many failures in a row.
   *
   * @param asked what the error itself asks for, which is not cut short, up to an hour
   */
  public Duration delay(int consecutiveErrors, Duration asked) {
    Duration least = asked.compareTo(ASKED_MOST) < 0 ? asked : ASKED_MOST;
    if (consecutiveErrors <= 0) return least;
    long doubled = first.toMillis() << Math.min(consecutiveErrors - 1, DOUBLINGS_MAX);
    long bound = Math.min(doubled, most.toMillis());
    long millis = (long) (bound * (CERTAIN + (1 - CERTAIN) * chance.getAsDouble()));
    var delay = Duration.ofMillis(millis);
    return delay.compareTo(least) < 0 ? least : delay;
  }
}
