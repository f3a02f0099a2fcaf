package dev.penstock.replication.migrate;

import dev.penstock.spi.GatewayError;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Tries again what may be asked twice, as long as the peer is away and clients go on: no longer
 * than it may be away without a byte that gets there.
 *
 * <p><b>Threads.</b> The one that moves a volume.
 */
final class Patience {
  private static final Duration LOST_PEER = Duration.ofMinutes(10);

  private final Progress progress;
  private final Duration pause;

  Patience(Progress progress, Duration pause) {
    this.progress = progress;
    this.pause = pause;
  }

  /** A question, or a step that may be asked again. */
  @FunctionalInterface
  interface Try<T> {
    T get() throws InterruptedException;
  }

  <T> T with(Try<T> step) throws InterruptedException {
    long lastNanos = System.nanoTime();
    long sentBefore = progress.sentBytes();
    while (true) {
      try {
        return step.get();
      } catch (GatewayError.Unavailable away) {
        if (progress.sentBytes() > sentBefore) lastNanos = System.nanoTime();
        sentBefore = progress.sentBytes();
        if (System.nanoTime() - lastNanos > LOST_PEER.toNanos()) throw away;
        progress.trouble(Optional.of(away.what()));
        TimeUnit.MILLISECONDS.sleep(pause.toMillis());
      }
    }
  }
}
