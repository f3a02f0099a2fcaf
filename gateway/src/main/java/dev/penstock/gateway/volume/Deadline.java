package dev.penstock.gateway.volume;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;

/** When something has to be done by. */
record Deadline(Vertx vertx, long atNanos, Duration limit) {
  private static final Duration ASK_AGAIN = Duration.ofSeconds(1);

  static Deadline in(Vertx vertx, Duration limit) {
    return new Deadline(vertx, System.nanoTime() + limit.toNanos(), limit);
  }

  /** Never less than a millisecond: who is asked at the last moment answers for itself. */
  Duration left() {
    long nanos = atNanos - System.nanoTime();
    return nanos < 1_000_000 ? Duration.ofMillis(1) : Duration.ofNanos(nanos);
  }

  boolean isOver() {
    return System.nanoTime() - atNanos >= 0;
  }

  /** The outcome, or {@link GatewayError.Unavailable} once a grace beyond the deadline is over. */
  <T> Future<T> within(Duration grace, String what, Future<T> outcome) {
    if (outcome.isComplete()) return outcome;
    Promise<T> done = Promise.promise();
    long timer =
        vertx.setTimer(
            left().plus(grace).toMillis(),
            _ ->
                done.tryFail(
                    new GatewayError.Unavailable(
                        Scope.RESOURCE,
                        ASK_AGAIN,
                        "%s took longer than %d ms".formatted(what, limit.toMillis()))));
    outcome.onComplete(ended -> {
      vertx.cancelTimer(timer);
      if (ended.succeeded()) done.tryComplete(ended.result());
      else done.tryFail(ended.cause());
    });
    return done.future();
  }
}
