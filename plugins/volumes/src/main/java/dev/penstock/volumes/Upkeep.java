package dev.penstock.volumes;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.task.Task;
import dev.penstock.spi.volume.StoreContext;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tidies up behind snapshots and merges layers while nobody waits for it. What copies bytes is a
 * task, which ends when nothing is due any more.
 *
 * <p><b>Lifecycle.</b> {@link #wake} whenever something may have become due; {@link #close} returns
 * when nothing runs any more. <b>Threads.</b> Any. One worker at a time is taken.
 */
final class Upkeep implements AutoCloseable {
  /** A disk that copies nothing for so long hangs. */
  private static final Duration STALL = Duration.ofMinutes(2);

  /** Somebody opens, closes or freezes what is merged: it is begun again, but not for ever. */
  private static final int CONFLICTS_MAX = 16;

  private static final Logger log = LoggerFactory.getLogger(Upkeep.class);

  private final StoreContext context;
  private final Merging merging;
  private State state = State.IDLE; // guarded by this
  private boolean isDue; // guarded by this
  private volatile boolean closed;
  private volatile boolean cancelled;

  private enum State {
    IDLE,
    /** A worker will look. */
    AWAITED,
    RUNNING
  }

  Upkeep(StoreContext context, Merging merging) {
    this.context = context;
    this.merging = merging;
  }

  /** Something may be due: a worker looks, and the caller goes on. */
  void wake() {
    synchronized (this) {
      isDue = true;
      if (state != State.IDLE || closed) return;
      state = State.AWAITED;
    }
    lookOnWorker();
  }

  private void lookOnWorker() {
    var _ =
        context
            .run(() -> {
              look();
              return true;
            })
            .onFailure(_ -> giveUp());
  }

  /** The workers have no room, or the look has failed; the next change wakes it. */
  private synchronized void giveUp() {
    state = State.IDLE;
    notifyAll();
  }

  private void look() {
    if (!mayRun()) return;
    tidy();
    if (!mergingIsDue()) {
      ended();
      return;
    }
    cancelled = false;
    Future<Long> task =
        context.tasks().run("merge layers of store " + context.store(), 0, STALL, this::merge);
    task.onFailure(this::failed).onComplete(_ -> ended());
  }

  private synchronized boolean mayRun() {
    state = closed ? State.IDLE : State.RUNNING;
    isDue = false;
    return !closed;
  }

  private void tidy() {
    try {
      while (!closed && merging.tidy()) {}
    } catch (GatewayError e) {
      failed(e);
    }
  }

  private boolean mergingIsDue() {
    try {
      return !closed && merging.isDue();
    } catch (GatewayError e) {
      failed(e);
      return false;
    }
  }

  private void failed(Throwable why) {
    log.atWarn()
        .addKeyValue("store", context.store())
        .addKeyValue("reason", why instanceof GatewayError error ? error.what() : why.toString())
        .log("layers are merged later");
  }

  private void ended() {
    synchronized (this) {
      state = isDue && !closed ? State.AWAITED : State.IDLE;
      notifyAll();
      if (state == State.IDLE) return;
    }
    lookOnWorker();
  }

  private synchronized void noteLooked() {
    isDue = false;
  }

  /** How many bytes were copied. */
  private long merge(Task task) throws InterruptedException {
    long[] copied = {0};
    int conflicts = 0;
    while (true) {
      try {
        if (!step(task, copied)) return copied[0];
        conflicts = 0;
      } catch (GatewayError.Conflict e) {
        if (closed || cancelled || ++conflicts > CONFLICTS_MAX) throw e;
      }
    }
  }

  private boolean step(Task task, long[] copied) throws InterruptedException {
    noteLooked();
    CompletableFuture<Boolean> step =
        context
            .run(() ->
                merging.step(bytes -> {
                  copied[0] += bytes;
                  task.reached(copied[0]);
                  if (closed || cancelled) throw Merging.interrupted("the task");
                }))
            .toCompletionStage()
            .toCompletableFuture();
    try {
      return step.get();
    } catch (InterruptedException e) {
      cancelled = true; // the piece that is under way ends, and nothing follows it
      var _ = step.handle((done, _) -> done).join(); // two at a time would be one too many
      throw e;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof GatewayError error) throw error;
      throw new IllegalStateException(e.getCause());
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    boolean interrupted = false;
    while (state == State.RUNNING)
      try {
        wait();
      } catch (InterruptedException _) {
        interrupted = true;
      }
    if (interrupted) Thread.currentThread().interrupt();
  }
}
