package dev.penstock.replication.flow;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/** Waits for what others do, on the thread of a task. */
public final class Waiting {
  private static final Duration ASK_AGAIN = Duration.ofSeconds(1);

  private Waiting() {}

  /**
   * What comes of it.
   *
   * @param what for the message: "the receiver's answer about vm-1"
   * @throws GatewayError the one that it failed with; {@link GatewayError.Unavailable} of this
   *     scope if it takes longer than the limit; what a connection breaks with may be any other
   *     runtime exception
   * @throws InterruptedException if the task is to leave
   */
  public static <T> T on(Future<T> coming, Duration limit, Scope scope, String what)
      throws InterruptedException {
    CompletableFuture<T> waited = coming.toCompletionStage().toCompletableFuture();
    try {
      return waited.get(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new GatewayError.Unavailable(
          scope, ASK_AGAIN, "%s did not come within %d ms".formatted(what, limit.toMillis()), e);
    } catch (ExecutionException e) {
      throw thrown(e.getCause() == null ? e : e.getCause(), scope, what);
    }
  }

  /**
   * As {@link #on}, for what has to be given back: what comes after nobody waits for it any more
   * is.
   */
  public static <T> T on(
      Future<T> coming, Duration limit, Scope scope, String what, Consumer<T> giveBack)
      throws InterruptedException {
    try {
      return on(coming, limit, scope, what);
    } catch (InterruptedException | RuntimeException e) {
      coming.onSuccess(giveBack::accept);
      throw e;
    }
  }

  /** A connection breaks with checked exceptions, too: who waits for it says so in its words. */
  private static RuntimeException thrown(Throwable cause, Scope scope, String what) {
    if (cause instanceof RuntimeException known) return known;
    if (scope == Scope.CONNECTION && cause instanceof Exception)
      return new CompletionException(cause);
    return new GatewayError.Failed(Scope.RESOURCE, "%s: %s".formatted(what, cause), cause);
  }
}
