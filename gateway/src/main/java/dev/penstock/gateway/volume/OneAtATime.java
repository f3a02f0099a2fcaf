package dev.penstock.gateway.volume;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.function.Supplier;

/** Runs asynchronous steps one after another, in the order in which they came. Threads: any. */
final class OneAtATime {
  /** Nobody opens one volume that often at once; a caller in a loop does. */
  static final int WAITING_MAX = 64;

  private static final Duration ASK_AGAIN = Duration.ofSeconds(1);

  private final String subject;
  private Future<?> last = Future.succeededFuture();
  private int pending;

  OneAtATime(String subject) {
    this.subject = subject;
  }

  synchronized boolean isIdle() {
    return pending == 0;
  }

  <T> Future<T> run(Supplier<Future<T>> step) {
    Promise<T> done = Promise.promise();
    Future<?> before;
    synchronized (this) {
      if (pending >= WAITING_MAX)
        return Future.failedFuture(
            new GatewayError.Unavailable(
                Scope.RESOURCE,
                ASK_AGAIN,
                "%s: %d operations wait already".formatted(subject, WAITING_MAX)));
      pending++;
      before = last;
      last = done.future();
    }
    before.onComplete(_ -> begin(step).onComplete(outcome -> end(outcome, done)));
    return done.future();
  }

  private static <T> Future<T> begin(Supplier<Future<T>> step) {
    try {
      return step.get();
    } catch (RuntimeException thrown) { // a refusal, or a bug of a user: the next step goes on
      return Future.failedFuture(thrown);
    }
  }

  private <T> void end(AsyncResult<T> outcome, Promise<T> done) {
    synchronized (this) {
      pending--;
    }
    if (outcome.succeeded()) done.complete(outcome.result());
    else done.fail(outcome.cause());
  }
}
