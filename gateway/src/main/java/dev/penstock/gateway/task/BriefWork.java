package dev.penstock.gateway.task;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

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
  private static final Logger log = LoggerFactory.getLogger(BriefWork.class);

  /** Interrupts only, and so never falls behind; one for all owners. */
  private static final ScheduledThreadPoolExecutor CLOCK =
      new ScheduledThreadPoolExecutor(
          1, Thread.ofPlatform().daemon().name("penstock-brief-work").factory());

  static {
    CLOCK.setRemoveOnCancelPolicy(true); // an answer that was given is kept by nobody
  }

  private final String owner;
  private final Map<Thread, String> running = new HashMap<>(); // guarded by this
  private boolean stopped; // guarded by this

  BriefWork(String owner) {
    this.owner = owner;
  }

  <T> Future<T> run(String name, Duration limit, Callable<T> work) {
    Promise<T> done = Promise.promise();
    Thread thread =
        Thread.ofVirtual().name("brief-" + name).unstarted(() -> work(name, work, done));
    synchronized (this) {
      if (stopped) return Future.failedFuture(unavailable(name, owner + " has stopped"));
      if (running.size() >= RUNNING_MAX)
        return Future.failedFuture(
            unavailable(name, "%d answers are being made already".formatted(RUNNING_MAX)));
      running.put(thread, name);
      thread.start();
    }
    var late =
        CLOCK.schedule(
            () -> interrupt(thread), Math.max(1, limit.toMillis()), TimeUnit.MILLISECONDS);
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

  /** From here on nobody interrupts the thread, which still tells whoever waits. */
  private synchronized void ended() {
    running.remove(Thread.currentThread());
    Thread.interrupted();
    notifyAll();
  }

  private synchronized void interrupt(Thread thread) {
    if (running.containsKey(thread)) thread.interrupt();
  }

  /** Interrupts all of it, and completes when it has left, or will not. Does not fail. */
  synchronized Future<Void> stop(Duration limit) {
    stopped = true;
    if (running.isEmpty()) return Future.succeededFuture();
    running.keySet().forEach(Thread::interrupt);
    Promise<Void> left = Promise.promise();
    Thread.ofVirtual()
        .name("stop-brief-work-" + owner)
        .start(() -> {
          awaitAll(limit);
          left.complete();
        });
    return left.future();
  }

  private synchronized void awaitAll(Duration limit) {
    long since = System.nanoTime();
    try {
      while (!running.isEmpty() && System.nanoTime() - since < limit.toNanos())
        TimeUnit.NANOSECONDS.timedWait(this, since + limit.toNanos() - System.nanoTime());
    } catch (InterruptedException _) {
      // Nobody knows this thread; if somebody does, the limit has come.
    }
    if (!running.isEmpty())
      log.atWarn()
          .addKeyValue("owner", owner)
          .addKeyValue("work", String.join(", ", running.values()))
          .addKeyValue("limit", limit)
          .log("work did not leave when its owner stopped; it is left behind");
  }

  private static GatewayError unavailable(String name, String why) {
    return new GatewayError.Unavailable(Scope.REQUEST, ASK_AGAIN, "%s: %s".formatted(name, why));
  }
}
