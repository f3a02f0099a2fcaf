package dev.penstock.p2p.flow;

import dev.penstock.spi.GatewayError;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Waits for something no longer than a limit. */
public final class Deadline {
  private Deadline() {}

  /**
   * The outcome, or the failure if it takes too long.
   *
   * @param tooLate gets what comes afterwards, which somebody may have to close
   */
  public static <T> Future<T> within(
      Vertx vertx,
      Duration limit,
      Future<T> outcome,
      Supplier<GatewayError> failure,
      Consumer<T> tooLate) {
    if (outcome.isComplete()) return outcome;
    Promise<T> first = Promise.promise();
    long timer = vertx.setTimer(Math.max(1, limit.toMillis()), _ -> first.tryFail(failure.get()));
    outcome.onComplete(result -> {
      vertx.cancelTimer(timer);
      if (result.failed()) first.tryFail(result.cause());
      else if (!first.tryComplete(result.result())) tooLate.accept(result.result());
    });
    return first.future();
  }
}
