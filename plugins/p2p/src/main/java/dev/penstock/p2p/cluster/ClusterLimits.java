package dev.penstock.p2p.cluster;

import java.time.Duration;

/**
 * How long a node may take before the others go on without it.
 *
 * @param answer to a question
 * @param stall to take a piece of what it is sent
 * @param finishing to say whether it has stored what it was sent
 */
public record ClusterLimits(Duration answer, Duration stall, Duration finishing) {
  /**
   * A node that is woken takes seconds; all wait for the slowest, and clients give up after a
   * minute; to read a terabyte back takes an hour or two.
   */
  public static final ClusterLimits DEFAULTS =
      new ClusterLimits(Duration.ofSeconds(40), Duration.ofSeconds(30), Duration.ofHours(2));
}
