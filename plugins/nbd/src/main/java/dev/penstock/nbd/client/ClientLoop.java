package dev.penstock.nbd.client;

import dev.penstock.spi.GatewayError;
import io.vertx.core.Context;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/**
 * The event loop that a client lives on, for callers on other threads, who wait for it. Threads:
 * any but its own.
 */
public final class ClientLoop {
  /** How often a caller that waits looks whether there is still somebody to wait for. */
  private static final Duration LOOK = Duration.ofSeconds(1);

  private final Context context;
  private final Supplier<GatewayError> stopping;

  /**
   * @param stopping what callers are told once the loop has ended
   */
  public ClientLoop(Context context, Supplier<GatewayError> stopping) {
    this.context = context;
    this.stopping = stopping;
  }

  /** Whether it will run: not if the loop has ended, and with it every socket and timer. */
  public boolean run(Runnable work) {
    try {
      context.runOnContext(_ -> work.run());
      return true;
    } catch (RejectedExecutionException _) {
      return false;
    }
  }

  /**
   * Waits for what the loop brings, and looks now and then whether there is one: what it has under
   * way when it ends, it leaves as it is. Until then the caller's buffer is in use, and so an
   * interrupt has to wait.
   *
   * @throws GatewayError what the future failed with
   */
  public <T> T join(CompletableFuture<T> future) {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return future.get(LOOK.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException _) {
          if (!run(() -> {}) && !future.isDone()) throw stopping.get();
        } catch (InterruptedException _) {
          interrupted = true;
        }
      }
    } catch (ExecutionException failed) {
      if (failed.getCause() instanceof GatewayError error) throw error;
      throw new CompletionException(failed.getCause());
    } finally {
      if (interrupted) Thread.currentThread().interrupt();
    }
  }
}
