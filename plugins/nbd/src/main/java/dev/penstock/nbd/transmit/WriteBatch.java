package dev.penstock.nbd.transmit;

import dev.penstock.nbd.wire.Command;
import dev.penstock.nbd.wire.Wire;
import dev.penstock.spi.volume.OpenVolume;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Supplier;

/**
 * Writes that a worker carries out together: waking it for each costs more than a small write. Each
 * has its own outcome.
 *
 * <p><b>Threads.</b> Filled on the connection's event loop, performed on a worker, read on the
 * event loop again.
 */
final class WriteBatch {
  /** More of either is answered too late: the client waits for all of them. */
  private static final int WRITES_MAX = 64;

  private static final long BYTES_MAX = 1 << 20;

  /** What a write is measured by. */
  private static final long UNIT_BYTES = 64 << 10;

  private final OpenVolume volume;
  private final List<InFlight> writes = new ArrayList<>();
  private final List<Optional<Throwable>> outcomes = new ArrayList<>();
  private long bytes;
  private long units;
  private long nanos;

  WriteBatch(OpenVolume volume) {
    this.volume = volume;
  }

  /** Whether a request belongs into a batch: what must be durable waits for a disk by itself. */
  static boolean takes(InFlight request) {
    return request.header.command() == Command.WRITE && !request.header.has(Wire.CMD_FLAG_FUA);
  }

  /** What its writes have passed the gate for. */
  OpenVolume volume() {
    return volume;
  }

  boolean isFull() {
    return writes.size() >= WRITES_MAX || bytes >= BYTES_MAX;
  }

  void add(InFlight write) {
    writes.add(write);
    bytes += write.header.lengthBytes();
    units += 1 + (write.header.lengthBytes() - 1) / UNIT_BYTES;
  }

  /**
   * Carries all of them out.
   *
   * @return why one of them failed, so that whoever runs this hears of it
   */
  Optional<Exception> perform() {
    long begun = System.nanoTime();
    Optional<Exception> first = Optional.empty();
    for (InFlight write : writes) {
      try {
        write.perform(volume.volume());
        outcomes.add(Optional.empty());
      } catch (Exception failure) {
        outcomes.add(Optional.of(failure));
        if (first.isEmpty()) first = Optional.of(failure);
      }
    }
    nanos = System.nanoTime() - begun;
    return first;
  }

  /** How long 64 KiB, or less if there was no more, took on the average. */
  long nanosEach() {
    return nanos / units;
  }

  /**
   * Each with its outcome.
   *
   * @param otherwise of those that were not got to
   */
  void each(Supplier<Throwable> otherwise, BiConsumer<InFlight, Optional<Throwable>> to) {
    for (int i = 0; i < writes.size(); i++) {
      to.accept(
          writes.get(i), i < outcomes.size() ? outcomes.get(i) : Optional.of(otherwise.get()));
    }
  }
}
