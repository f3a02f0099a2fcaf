package dev.penstock.pruner.run;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Retry;
import java.time.Duration;
import java.util.function.DoubleSupplier;

/**
 * How long a volume that failed is left alone: twice as long after each failure, never less than
 * the error says, and not all volumes that failed together at the same moment again.
 *
 * @param first after the first failure
 * @param jitter from 0 to 1; a half to all of the time is waited
 */
record Backoff(Duration first, DoubleSupplier jitter) {
  private static final int DOUBLINGS_MAX = 20;

  /** Of what an error says: some say for ever, which is no number of nanoseconds. */
  private static final Duration SAID_MAX = Duration.ofDays(1);

  /**
   * @param errors in a row, this one too
   * @param most that is waited, unless the error says more
   */
  Duration after(int errors, GatewayError why, Duration most) {
    long doubled = first.toNanos() << Math.min(DOUBLINGS_MAX, Math.max(0, errors - 1));
    long limited = Math.min(doubled, most.toNanos());
    long jittered = (long) (limited * (0.5 + jitter.getAsDouble() / 2));
    return switch (why.retry()) {
      case Retry.Never() -> Duration.ofNanos(jittered);
      case Retry.After(Duration said) ->
          Duration.ofNanos(Math.max(jittered, min(said, SAID_MAX).toNanos()));
    };
  }

  private static Duration min(Duration a, Duration b) {
    return a.compareTo(b) < 0 ? a : b;
  }
}
