package dev.penstock.p2p.flow;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.Objects;
import java.util.function.Supplier;

/**
 * The Vert.x context that something belongs to: what is confined to it needs no locks.
 *
 * <p><b>Threads.</b> Any.
 */
public record Home(Context context) {
  /** That of whoever calls; a new one if that is no context's thread. */
  public static Home here(Vertx vertx) {
    return new Home(vertx.getOrCreateContext());
  }

  /** Runs it there: at once if this is there, and in the order of the calls otherwise. */
  public void run(Runnable work) {
    if (Objects.equals(Vertx.currentContext(), context)) work.run();
    else context.runOnContext(_ -> work.run());
  }

  /** Runs it there. What comes of it comes there as well; what it throws is a failure. */
  public <T> Future<T> call(Supplier<Future<T>> work) {
    Promise<T> outcome = Promise.promise();
    run(() -> attempt(work).onComplete(outcome));
    return outcome.future();
  }

  private static <T> Future<T> attempt(Supplier<Future<T>> work) {
    try {
      return work.get();
    } catch (RuntimeException e) {
      return Future.failedFuture(e);
    }
  }

  /** The same outcome, there. */
  public <T> Future<T> answer(Future<T> outcome) {
    Promise<T> answered = Promise.promise();
    outcome.onComplete(result -> run(() -> answered.handle(result)));
    return answered.future();
  }
}
