package dev.penstock.gateway.bus;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import org.jspecify.annotations.Nullable;

/**
 * Where an answer goes: to the Vert.x context that asked, so that a module's fields need no locks;
 * anywhere, if none did.
 *
 * <p>Cheap enough for the data path: one look at the current context, and one hop back.
 */
public record Caller(@Nullable Context context) {
  /** Whoever calls now. */
  public static Caller here() {
    return new Caller(Vertx.currentContext());
  }

  public <T> void complete(Promise<T> promise, T result) {
    if (context == null) promise.complete(result);
    else context.runOnContext(_ -> promise.complete(result));
  }

  public void fail(Promise<?> promise, Throwable failure) {
    if (context == null) promise.fail(failure);
    else context.runOnContext(_ -> promise.fail(failure));
  }

  /** The same outcome, on the caller's context. */
  public <T> Future<T> answer(Future<T> outcome) {
    if (context == null) return outcome;
    Promise<T> answered = Promise.promise();
    outcome.onComplete(done -> {
      if (done.succeeded()) complete(answered, done.result());
      else fail(answered, done.cause());
    });
    return answered.future();
  }
}
