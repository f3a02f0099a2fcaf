package dev.penstock.p2p.annex;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.Optional;

/** Brings answers that come elsewhere to the context that asks. */
final class AskingContext {
  private AskingContext() {}

  /** The same answer, on the context of whoever calls this, if it has one. */
  static <T> Future<T> answer(Future<T> elsewhere) {
    Optional<Context> asking = Optional.ofNullable(Vertx.currentContext());
    if (asking.isEmpty()) return elsewhere;
    Promise<T> here = Promise.promise();
    elsewhere.onComplete(answer -> asking.get().runOnContext(_ -> here.handle(answer)));
    return here.future();
  }
}
