package dev.penstock.nbd.transmit;

import dev.penstock.spi.volume.GateClient;
import dev.penstock.spi.volume.OpenVolume;
import io.vertx.core.AsyncResult;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * The plain writes of one connection, one after the other on one worker. Side by side they would
 * gain nothing: a file takes one write at a time, and the kernel lets the others spin. While a
 * batch is written the next one gathers, so that a busy client wakes a worker seldom. Only a slow
 * volume gets a worker for each write.
 *
 * <p><b>Threads.</b> The connection's event loop, but for {@link #work}.
 */
final class WriteLane {
  /** One that is written and one that waits: then the worker need not wait for the event loop. */
  private static final int BATCHES_AHEAD = 2;

  /** After so many it is somebody else's turn on the worker. */
  private static final int BATCHES_AT_A_TIME = 16;

  private final GateClient client;
  private final Consumer<Runnable> onLoop;
  private final BiConsumer<InFlight, Optional<Throwable>> done;
  private final WritePace pace = new WritePace();
  private final Queue<WriteBatch> ready = new ConcurrentLinkedQueue<>();
  private Optional<WriteBatch> gathering = Optional.empty();
  private int batchesReady;
  private boolean working;

  /**
   * An empty lane.
   *
   * @param done told of each write how it ended, on the event loop
   */
  WriteLane(
      GateClient client,
      Consumer<Runnable> onLoop,
      BiConsumer<InFlight, Optional<Throwable>> done) {
    this.client = client;
    this.onLoop = onLoop;
    // One by one: what goes wrong with the answer to one costs the others nothing.
    this.done = (write, outcome) -> onLoop.accept(() -> done.accept(write, outcome));
  }

  /** Takes a write that has passed the gate. It goes at once, or with those that come soon. */
  void add(InFlight write) {
    if (pace.isSlow()) {
      var alone = new WriteBatch(client.volume());
      alone.add(write);
      performBeside(alone);
      return;
    }
    WriteBatch batch = gathering.orElseGet(() -> new WriteBatch(client.volume()));
    gathering = Optional.of(batch);
    batch.add(write);
    if (batch.isFull()) release();
  }

  /** Nothing else comes soon: what has gathered goes, unless enough is on its way. */
  void inputEnds() {
    if (batchesReady < BATCHES_AHEAD) release();
  }

  /** What has gathered goes. */
  void release() {
    if (gathering.isEmpty()) return;
    ready.add(gathering.get());
    gathering = Optional.empty();
    batchesReady++;
    if (!working) startWorking();
  }

  private void startWorking() {
    WriteBatch next = ready.peek();
    if (next == null) return;
    working = true;
    OpenVolume volume = next.volume();
    var began = new AtomicBoolean();
    volume
        .<Boolean>run(() -> {
          began.set(true);
          return work(volume);
        })
        .onComplete(result -> onLoop.accept(() -> worked(began.get(), result)));
  }

  /** On a worker: batch after batch, each answered while the next one is written. */
  private boolean work(OpenVolume volume) throws Exception {
    Optional<Exception> first = Optional.empty();
    for (int i = 0; i < BATCHES_AT_A_TIME; i++) {
      WriteBatch batch = ready.peek();
      if (batch == null || !batch.volume().equals(volume)) break;
      ready.remove();
      try {
        Optional<Exception> failure = batch.perform();
        if (first.isEmpty()) first = failure;
      } finally {
        onLoop.accept(() -> performed(batch));
      }
    }
    if (first.isPresent()) throw first.get(); // so that the volume's health is known
    return true;
  }

  private void worked(boolean began, AsyncResult<Boolean> result) {
    if (!began) giveBack(result.cause()); // while nobody works: the answers may bring new writes
    working = false;
    startWorking();
    inputEnds(); // what gathered behind batches that were given back waits for none of them
  }

  /** No worker could be had: whoever waits is told so, and is tried again later. */
  private void giveBack(Throwable why) {
    List<WriteBatch> unwritten = List.copyOf(ready);
    ready.clear();
    batchesReady -= unwritten.size();
    unwritten.forEach(batch -> batch.each(() -> why, done));
  }

  private void performed(WriteBatch batch) {
    batchesReady--;
    pace.note(batch.nanosEach());
    batch.each(WriteLane::brokenOff, done);
    inputEnds();
  }

  /** An Error of a plugin came between: what it was is in the log of the host. */
  private static Throwable brokenOff() {
    return new IllegalStateException("a worker broke off before this write");
  }

  private void performBeside(WriteBatch batch) {
    batch
        .volume()
        .<Boolean>run(() -> {
          Optional<Exception> failure = batch.perform();
          if (failure.isPresent()) throw failure.get();
          return true;
        })
        .onComplete(result ->
            onLoop.accept(() -> {
              pace.note(batch.nanosEach());
              batch.each(result.failed() ? result::cause : WriteLane::brokenOff, done);
            }));
  }
}
