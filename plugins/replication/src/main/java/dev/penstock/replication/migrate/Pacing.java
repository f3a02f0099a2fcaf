package dev.penstock.replication.migrate;

import dev.penstock.spi.handoff.Handoffs;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has those who write a volume wait so that the line catches up, for as long as it is on its way.
 *
 * <p><b>Threads.</b> The one that moves it.
 */
final class Pacing {
  private static final Logger log = LoggerFactory.getLogger(Pacing.class);
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private final Handoffs handoffs;
  private final String volume;
  private final Progress progress;
  private boolean paced;

  Pacing(Handoffs handoffs, String volume, Progress progress) {
    this.handoffs = handoffs;
    this.volume = volume;
    this.progress = progress;
  }

  void slowDown(long bytesPerSecond) throws InterruptedException {
    paced = true;
    progress.paced(Optional.of(bytesPerSecond));
    Settlement.answer(handoffs.pace(volume, bytesPerSecond), LIMIT, volume);
    log.atInfo()
        .addKeyValue("volume", volume)
        .addKeyValue("bytes_per_second", bytesPerSecond)
        .log("clients are slowed down");
  }

  /** Harmless if they are not slowed down. */
  void end() {
    if (!paced) return;
    paced = false;
    progress.paced(Optional.empty());
    handoffs
        .pace(volume, 0)
        .onFailure(why ->
            log.atWarn()
                .addKeyValue("volume", volume)
                .addKeyValue("reason", why.toString())
                .log("clients stay slow"));
  }
}
