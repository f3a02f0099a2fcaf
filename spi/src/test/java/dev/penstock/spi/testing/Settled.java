package dev.penstock.spi.testing;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Waits for futures, from threads of a test that are no event loops. */
public final class Settled {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private Settled() {}

  /** The result; fails the test if the future failed. */
  public static <T> T done(Future<T> future) {
    Future<T> settled = settled(future);
    if (settled.failed())
      throw new AssertionError(String.valueOf(settled.cause()), settled.cause());
    return settled.result();
  }

  /** What the future failed with; fails the test if it did not. */
  public static Throwable failure(Future<?> future) {
    Future<?> settled = settled(future);
    if (settled.succeeded()) throw new AssertionError("did not fail: " + settled.result());
    return settled.cause();
  }

  /** Waits for either end. */
  public static <T> Future<T> settled(Future<T> future) {
    var either = new CompletableFuture<Boolean>();
    future.onComplete(_ -> either.complete(true));
    try {
      either.get(LIMIT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException | ExecutionException e) {
      throw new AssertionError("nothing within " + LIMIT, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
    return future;
  }
}
