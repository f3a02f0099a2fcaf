package dev.penstock.gateway;

import dev.penstock.gateway.plugin.PluginFault;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What has begun and will have to end, in reverse. One step that fails or takes too long never
 * keeps those below it from ending.
 *
 * <p><b>Threads.</b> What closes may block; {@link #descend} does, on a thread that is no event
 * loop.
 */
final class Ladder {
  /** When the time is up, what is left still gets this, each: a state file closes in less. */
  static final Duration LEAST = Duration.ofMillis(500);

  private static final Logger LOG = LoggerFactory.getLogger(Ladder.class);

  private record Step(String what, Supplier<? extends Future<?>> end) {}

  private final Deque<Step> steps = new ArrayDeque<>();

  /** Something began; this is how it ends. */
  synchronized void add(String what, Supplier<? extends Future<?>> end) {
    steps.push(new Step(what, end));
  }

  /** For what ends with a call that may block; on a disk that hangs it blocks for ever. */
  void addClosing(String what, Runnable close) {
    add(
        what,
        () -> {
          Promise<Void> closed = Promise.promise();
          Thread.ofPlatform()
              .daemon()
              .name("penstock-close-" + what)
              .start(() -> {
                try {
                  close.run();
                  closed.complete();
                } catch (Throwable thrown) {
                  closed.fail(thrown);
                }
              });
          return closed.future();
        });
  }

  /**
   * Ends everything. Harmless twice.
   *
   * @return whether each step ended cleanly, and all of them within the limit
   */
  synchronized boolean descend(Duration limit) {
    long deadline = System.nanoTime() + limit.toNanos();
    boolean clean = true;
    while (!steps.isEmpty()) {
      Step step = steps.pop();
      long left = Math.max(LEAST.toNanos(), deadline - System.nanoTime());
      clean &= ends(step, left);
    }
    return clean;
  }

  private static boolean ends(Step step, long nanos) {
    try {
      step.end().get().toCompletionStage().toCompletableFuture().get(nanos, TimeUnit.NANOSECONDS);
      return true;
    } catch (TimeoutException _) {
      complain(step, "it did not end within its limit");
    } catch (ExecutionException e) {
      complain(step, PluginFault.text(e.getCause() == null ? e : e.getCause()));
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      complain(step, "interrupted");
    } catch (RuntimeException | LinkageError e) {
      complain(step, PluginFault.text(e));
    }
    return false;
  }

  private static void complain(Step step, String reason) {
    LOG.atWarn()
        .addKeyValue("step", step.what())
        .addKeyValue("reason", reason)
        .log("not ended cleanly");
  }
}
