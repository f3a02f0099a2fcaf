package dev.penstock.replication.config;

import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Problems;
import java.time.Duration;

/**
 * How long each phase may go without getting on.
 *
 * @param planning from the question to the answer of either side
 * @param transfer without a byte beyond those that were ever reached
 * @param finishing from the last byte to the receiver's word that all is durable
 * @param lostPeer how long a run waits for a peer that is away
 */
public record PhaseLimits(
    Duration planning, Duration transfer, Duration finishing, Duration lostPeer) {
  public static final PhaseLimits DEFAULTS =
      new PhaseLimits(
          Duration.ofSeconds(60),
          Duration.ofMinutes(2),
          Duration.ofSeconds(60),
          Duration.ofMinutes(10));

  static PhaseLimits read(Block block, Problems problems) {
    var reader = new Reader(block, problems);
    var limits =
        new PhaseLimits(
            time(reader, "planning", DEFAULTS.planning),
            time(reader, "transfer", DEFAULTS.transfer),
            time(reader, "finishing", DEFAULTS.finishing),
            time(reader, "lost_peer", DEFAULTS.lostPeer));
    block.refuseOtherKeys(problems);
    return limits;
  }

  private static Duration time(Reader reader, String key, Duration otherwise) {
    return reader.time(key, otherwise, Limits.LIMIT_MIN, Limits.LIMIT_MAX);
  }
}
