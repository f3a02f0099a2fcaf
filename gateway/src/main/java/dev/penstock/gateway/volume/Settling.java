package dev.penstock.gateway.volume;

import dev.penstock.spi.volume.Volume;
import io.vertx.core.Future;

/**
 * Flushes while writes go on, until so little is left that the flush of a freeze is short: a sync
 * of what random writes left in the page cache takes seconds.
 */
final class Settling {
  /** A tenth of a second on a slow disk. */
  static final long SETTLED_BYTES = 4L << 20;

  /** A writer that outruns the disk in so many rounds does so in any number. */
  static final int ROUNDS_MAX = 16;

  private final SharedVolume volume;
  private final TimeLeft deadline;

  Settling(SharedVolume volume, TimeLeft deadline) {
    this.volume = volume;
    this.deadline = deadline;
  }

  /** At least one round; how many there were. Not settled within the limits is no failure. */
  Future<Integer> settle() {
    return round(1);
  }

  private Future<Integer> round(int number) {
    return flush(volume)
        .compose(bytes ->
            bytes <= SETTLED_BYTES || number >= ROUNDS_MAX || deadline.isOver()
                ? Future.succeededFuture(number)
                : round(number + 1));
  }

  /** What is dirty again once the flush has returned. */
  static Future<Long> flush(SharedVolume shared) {
    return shared.run(() -> {
      Volume volume = shared.volume();
      volume.flush();
      return volume.dirtyBytes();
    });
  }
}
