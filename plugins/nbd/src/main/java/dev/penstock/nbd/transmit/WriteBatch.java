package dev.penstock.nbd.transmit;

import dev.penstock.nbd.wire.Command;
import dev.penstock.nbd.wire.Wire;
import dev.penstock.spi.volume.Volume;
import io.vertx.core.AsyncResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;

/**
 * Small writes that arrived together and go to a worker together: waking a thread costs more than
 * such a write. Each has its own outcome.
 *
 * <p><b>Threads.</b> Filled on the connection's event loop, performed on a worker, read on the
 * event loop again.
 */
final class WriteBatch {
  /** Larger writes are worth a worker each. */
  private static final int WRITE_BYTES_MAX = 64 << 10;

  /** What comes beyond goes to another worker beside it. */
  private static final int WRITES_MAX = 64;

  private final List<InFlight> writes = new ArrayList<>();
  private final List<Optional<Throwable>> failures = new ArrayList<>();

  /**
   * Whether a request belongs into a batch. What must be durable waits for a disk, and by itself.
   */
  static boolean takes(InFlight request) {
    return request.header.command() == Command.WRITE
        && request.header.lengthBytes() <= WRITE_BYTES_MAX
        && !request.header.has(Wire.CMD_FLAG_FUA);
  }

  boolean isEmpty() {
    return writes.isEmpty();
  }

  boolean isFull() {
    return writes.size() == WRITES_MAX;
  }

  void add(InFlight write) {
    writes.add(write);
  }

  /**
   * Carries all of them out.
   *
   * @return true; a failure is thrown once all were tried, so that whoever runs this hears of it
   */
  boolean perform(Volume volume) throws Exception {
    Optional<Exception> first = Optional.empty();
    for (InFlight write : writes) {
      try {
        write.call.perform(volume);
        failures.add(Optional.empty());
      } catch (Exception failure) {
        failures.add(Optional.of(failure));
        if (first.isEmpty()) first = Optional.of(failure);
      }
    }
    if (first.isPresent()) throw first.get();
    return true;
  }

  /** Each with its outcome; with that of the batch, as far as it did not get to them. */
  void each(AsyncResult<Boolean> batch, BiConsumer<InFlight, Optional<Throwable>> to) {
    Optional<Throwable> otherwise = Optional.ofNullable(batch.cause());
    for (int i = 0; i < writes.size(); i++) {
      to.accept(writes.get(i), i < failures.size() ? failures.get(i) : otherwise);
    }
  }
}
