package dev.penstock.gateway.volume;

import dev.penstock.gateway.bus.Deadline;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import io.vertx.core.Future;
import java.time.Duration;

/** How much of a limit is left for the next of several steps. */
record TimeLeft(Deadline host, long endNanos, Duration limit) {
  private static final Duration ASK_AGAIN = Duration.ofSeconds(1);

  static TimeLeft of(Deadline host, Duration limit) {
    return new TimeLeft(host, System.nanoTime() + limit.toNanos(), limit);
  }

  /** Never less than a millisecond: who is asked at the last moment answers for itself. */
  Duration left() {
    long nanos = endNanos - System.nanoTime();
    return nanos < 1_000_000 ? Duration.ofMillis(1) : Duration.ofNanos(nanos);
  }

  boolean isOver() {
    return System.nanoTime() - endNanos >= 0;
  }

  /** The outcome, or {@link GatewayError.Unavailable} once a grace beyond what is left is over. */
  <T> Future<T> within(Duration grace, String what, Future<T> outcome) {
    return host.within(
        left().plus(grace),
        outcome,
        () ->
            new GatewayError.Unavailable(
                Scope.RESOURCE,
                ASK_AGAIN,
                "%s took longer than %d ms".formatted(what, limit.toMillis())));
  }
}
