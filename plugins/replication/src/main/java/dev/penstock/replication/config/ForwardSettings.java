package dev.penstock.replication.config;

import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Problems;
import java.time.Duration;

/**
 * How clients are led on to a volume that was handed over.
 *
 * @param span for how long, from when it was handed over
 * @param newcomers what becomes of clients that come after that
 * @param patience how long a call waits while the new owner is away
 */
public record ForwardSettings(Duration span, Newcomers newcomers, Duration patience) {
  /** What becomes of a client that comes to a volume which was handed over. */
  public enum Newcomers {
    /** It is led on like those that were connected. */
    FORWARD,
    /** It is told where to go. */
    REFUSE
  }

  public static final ForwardSettings DEFAULTS =
      new ForwardSettings(Duration.ofHours(1), Newcomers.FORWARD, Duration.ofSeconds(60));

  static ForwardSettings read(Block block, Problems problems) {
    var reader = new Reader(block, problems);
    var settings =
        new ForwardSettings(
            reader.time("for", DEFAULTS.span, Duration.ZERO, Limits.FORWARD_MAX),
            reader.choice("newcomers", DEFAULTS.newcomers),
            reader.time("wait", DEFAULTS.patience, Limits.LIMIT_MIN, Limits.LIMIT_MAX));
    block.refuseOtherKeys(problems);
    return settings;
  }
}
