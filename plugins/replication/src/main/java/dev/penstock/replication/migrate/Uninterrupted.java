package dev.penstock.replication.migrate;

import io.vertx.core.Future;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

/** Waits for what must be known, however often somebody wants the thread to leave meanwhile. */
final class Uninterrupted {
  private Uninterrupted() {}

  /** What comes of it. An interrupt that came meanwhile is there afterwards. */
  static <T> T on(Future<T> coming) {
    var waited = coming.toCompletionStage().toCompletableFuture();
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return waited.get();
        } catch (InterruptedException e) {
          interrupted = true;
        } catch (ExecutionException e) {
          throw e.getCause() instanceof RuntimeException known
              ? known
              : new CompletionException(e.getCause());
        }
      }
    } finally {
      if (interrupted) Thread.currentThread().interrupt();
    }
  }
}
