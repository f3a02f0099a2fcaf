package dev.penstock.spi.testing;

import dev.penstock.spi.module.FileWorkers;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.Objects;
import java.util.concurrent.Callable;

/** Workers for tests. */
public final class FakeWorkers {
  private FakeWorkers() {}

  /** At once, on the thread that asks. */
  public static <T> Future<T> run(Callable<T> calls) {
    try {
      return Future.succeededFuture(calls.call());
    } catch (Exception e) {
      return Future.failedFuture(e);
    }
  }

  /** On threads of Vert.x, side by side. */
  public static FileWorkers of(Vertx vertx) {
    return new FileWorkers() {
      @Override
      public <T> Future<T> run(Callable<T> calls) {
        return vertx.executeBlocking(calls, false).map(answer -> Objects.requireNonNull(answer));
      }
    };
  }
}
