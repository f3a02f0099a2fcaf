package dev.penstock.gateway.task;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Short pieces of waiting work of one owner, which are no tasks: each has a virtual thread, and a
 * time after which it is interrupted.
 *
 * <p><b>Threads.</b> Any.
 */
final class BriefWork {
  /** Answers that are being made at once: more is a peer that asks without waiting. */
  static final int RUNNING_MAX = 256;

  private static final Duration ASK_AGAIN = Duration.ofSeconds(1);

  /** Interrupts only, and so never falls behind; one for all owners. */
  private static final ScheduledExecutorService CLOCK =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("penstock-brief-work").factory());

  private final String owner;
  private final Map<Thread, String> running = new ConcurrentHashMap<>();
  private volatile boolean stopped;

  BriefWork(String owner) {
    this.owner = owner;
  }

  <T> Future<T> run(String name, Duration limit, Callable<T> work) {
    if (stopped) return Future.failedFuture(unavailable(name, owner + " has stopped"));
    if (running.size() >= RUNNING_MAX)
      return Future.failedFuture(
          unavailable(name, "%d answers are being made already".formatted(RUNNING_MAX)));
    Promise<T> done = Promise.promise();
    Thread thread =
        Thread.ofVirtual().name("brief-" + name).unstarted(() -> work(name, work, done));
    running.put(thread, name);
    var late =
        CLOCK.schedule(
            () -> interrupt(thread), Math.max(1, limit.toMillis()), TimeUnit.MILLISECONDS);
    thread.start();
    if (stopped) interrupt(thread);
    return done.future().onComplete(_ -> late.cancel(false));
  }

  private <T> void work(String name, Callable<T> work, Promise<T> done) {
    T result;
    try {
      result = work.call();
    } catch (InterruptedException e) {
      ended();
      done.fail(unavailable(name, "it took too long, or was no longer wanted"));
      return;
    } catch (Throwable thrown) { // also an Error of a plugin: nobody else would report it
      ended();
      done.fail(thrown);
      return;
    }
    ended();
    done.complete(result);
  }

  private void ended() {
    running.remove(Thread.currentThread());
  }

  private void interrupt(Thread thread) {
    if (running.containsKey(thread)) thread.interrupt();
  }

  /** Interrupts all of it; it leaves on its own. */
  void stop() {
    stopped = true;
    running.keySet().forEach(this::interrupt);
  }

  private static GatewayError unavailable(String name, String why) {
    return new GatewayError.Unavailable(Scope.REQUEST, ASK_AGAIN, "%s: %s".formatted(name, why));
  }
}
