package dev.penstock.gateway.volume;

import dev.penstock.gateway.bus.Caller;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.metrics.Metrics;
import dev.penstock.spi.volume.StoreDescriptor.WaitsOn;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The threads that stores may block: few platform threads with a queue for files, since a native
 * call pins its thread, and many virtual ones for the network.
 *
 * <p><b>Lifecycle.</b> Closed after every store. <b>Threads.</b> Any. <b>Errors.</b> {@link
 * GatewayError.Unavailable} at once when the queue is full: waiting longer would help nobody.
 */
public final class Workers implements AutoCloseable {
  /**
   * @param fileThreads at least 1; more than the disks can serve at once only wait in the kernel
   * @param fileQueue how many calls may wait for a thread; at least 1
   * @param networkCalls how many calls may wait for the network at once; at least 1
   */
  public record Limits(int fileThreads, int fileQueue, int networkCalls) {
    public static final Limits DEFAULT = new Limits(4, 4096, 1024);
  }

  /** A call under way on a disk ends by itself or not at all: interrupting it would close files. */
  private static final Duration CLOSE_LIMIT = Duration.ofSeconds(5);

  private static final Duration ASK_AGAIN = Duration.ofMillis(100);

  private final Limits limits;
  private final ThreadPoolExecutor files;
  private final Semaphore network;

  public Workers(Limits limits) {
    this.limits = limits;
    this.network = new Semaphore(limits.networkCalls());
    this.files =
        new ThreadPoolExecutor(
            limits.fileThreads(),
            limits.fileThreads(),
            0,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(limits.fileQueue()),
            Thread.ofPlatform().name("penstock-files-", 0).daemon().factory());
    // A thread that is started later would inherit, and keep, the class loader of a plugin.
    files.prestartAllCoreThreads();
  }

  /** Shows how busy the workers are. */
  public void show(Metrics metrics) {
    metrics.gauge("file_calls_waiting", "Calls that wait for a file worker", this::filesWaiting);
    metrics.gauge("file_calls_running", "File workers that are busy", files::getActiveCount);
    metrics.gauge("network_calls_running", "Calls that wait for the network", this::networkCalls);
  }

  /** Runs a call that may block. The future completes on the caller's context, if it has one. */
  public <T> Future<T> run(WaitsOn waitsOn, Callable<T> call) {
    Caller caller = Caller.here();
    Promise<T> done = Promise.promise();
    try {
      execute(waitsOn, () -> settle(call, caller, done));
    } catch (GatewayError.Unavailable full) {
      return Future.failedFuture(full);
    }
    return done.future();
  }

  /** As {@link #run}, for calls of files. */
  public <T> Future<T> onFiles(Callable<T> call) {
    return run(WaitsOn.FILES, call);
  }

  /** As {@link #run}, for calls that give something back, and so cannot be refused. */
  <T> Future<T> runRegardless(WaitsOn waitsOn, Callable<T> call) {
    Caller caller = Caller.here();
    Promise<T> done = Promise.promise();
    executeRegardless(waitsOn, () -> settle(call, caller, done));
    return done.future();
  }

  /** Throws {@link GatewayError.Unavailable} if no more can wait; the call is then not run. */
  void execute(WaitsOn waitsOn, Runnable call) {
    switch (waitsOn) {
      case FILES -> executeOnFiles(call);
      case NETWORK -> executeOnNetwork(call);
    }
  }

  /** For calls that give something back, and so cannot be refused. */
  void executeRegardless(WaitsOn waitsOn, Runnable call) {
    try {
      execute(waitsOn, call);
    } catch (GatewayError.Unavailable _) {
      Thread.ofPlatform().name("penstock-close").daemon().start(call);
    }
  }

  private void executeOnFiles(Runnable call) {
    try {
      files.execute(call);
    } catch (RejectedExecutionException _) {
      throw unavailable(
          files.isShutdown()
              ? "the gateway is stopping"
              : "%d calls wait for a disk already (workers.file_queue)"
                  .formatted(limits.fileQueue()));
    }
  }

  private void executeOnNetwork(Runnable call) {
    if (!network.tryAcquire())
      throw unavailable(
          "%d calls wait for the network already (workers.network_calls)"
              .formatted(limits.networkCalls()));
    Thread.ofVirtual()
        .name("penstock-network")
        .start(() -> {
          try {
            call.run();
          } finally {
            network.release();
          }
        });
  }

  private static <T> void settle(Callable<T> call, Caller caller, Promise<T> done) {
    T result;
    try {
      result = call.call();
    } catch (Throwable thrown) { // also an Error of a plugin: the caller waits for an answer
      caller.fail(done, thrown);
      return;
    }
    caller.complete(done, result);
  }

  private int filesWaiting() {
    return files.getQueue().size();
  }

  private int networkCalls() {
    return limits.networkCalls() - network.availablePermits();
  }

  private static GatewayError.Unavailable unavailable(String what) {
    return new GatewayError.Unavailable(Scope.RESOURCE, ASK_AGAIN, what);
  }

  /** Lets calls under way end; those that do not are left to their daemon threads. */
  @Override
  public void close() {
    files.shutdown();
    try {
      boolean _ = files.awaitTermination(CLOSE_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
