package dev.penstock.nbd;

import java.time.Duration;
import java.time.Instant;
import java.util.OptionalLong;

/**
 * Lets so many events of one kind through that a person can read them, and counts the others: what
 * clients can cause as often as they like must not push out what else there is to be told, nor grow
 * faster than it is read. Any thread; never blocks.
 */
final class EventPace {
  /**
   * How many may come at once: what a switch that fails, or a list that bars many, brings about.
   */
  static final int AT_ONCE = 50;

  /** One so often in the long run. */
  static final Duration EVERY = Duration.ofMillis(500);

  private static final Duration SAVED_MAX = EVERY.multipliedBy(AT_ONCE);

  private Instant paidUntil = Instant.MIN;
  private long leftOut;

  /**
   * Whether one may be told now.
   *
   * @return how many were not since the last one that was; empty if this one may not
   */
  synchronized OptionalLong next(Instant now) {
    if (paidUntil.isAfter(now)) paidUntil = now; // the clock was set back
    Instant oldest = now.minus(SAVED_MAX);
    if (paidUntil.isBefore(oldest)) paidUntil = oldest;
    if (paidUntil.plus(EVERY).isAfter(now)) {
      leftOut++;
      return OptionalLong.empty();
    }
    paidUntil = paidUntil.plus(EVERY);
    long before = leftOut;
    leftOut = 0;
    return OptionalLong.of(before);
  }
}
