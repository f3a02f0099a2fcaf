package dev.penstock.gateway.bus;

import dev.penstock.spi.GatewayError;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.function.Supplier;

/**
 * Waits for work, and not for ever. The clock is the host's own: work that blocks its event loop
 * cannot stop it.
 */
public final class Deadline {
  private final Vertx host;

  /**
   * @param host a Vert.x that no module runs on
   */
  public Deadline(Vertx host) {
    this.host = host;
  }

  /**
   * @param late what the future fails with when the limit has passed; the work may still complete,
   *     and nobody looks at it then
   */
  public <T> Future<T> within(Duration limit, Future<T> work, Supplier<GatewayError> late) {
    if (work.isComplete()) return work;
    Promise<T> outcome = Promise.promise();
    long timer = host.setTimer(Math.max(1, limit.toMillis()), _ -> outcome.tryFail(late.get()));
    work.onComplete(result -> {
      host.cancelTimer(timer);
      if (result.succeeded()) outcome.tryComplete(result.result());
      else outcome.tryFail(result.cause());
    });
    return outcome.future();
  }

  /** Completes when the time has passed. */
  public Future<Void> pass(Duration time) {
    Promise<Void> passed = Promise.promise();
    host.setTimer(Math.max(1, time.toMillis()), _ -> passed.complete());
    return passed.future();
  }
}
