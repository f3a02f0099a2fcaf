package dev.penstock.p2p.cluster;

import java.time.Duration;

/**
 * How long a node may take before the others go on without it.
 *
 * @param preference to say whether it wants content
 * @param answer to any other question
 * @param stall to take a piece of what it is sent
 * @param finishing to say whether it has stored what it was sent
 */
public record ClusterLimits(
    Duration preference, Duration answer, Duration stall, Duration finishing) {
  /**
   * git-annex says whether it wants content in less than a second, and the time for that comes
   * before the others; a node that is woken takes seconds; all wait for the slowest, and clients
   * give up after a minute; to read a terabyte back takes an hour or two.
   */
  public static final ClusterLimits DEFAULTS =
      new ClusterLimits(
          Duration.ofSeconds(15),
          Duration.ofSeconds(40),
          Duration.ofSeconds(30),
          Duration.ofHours(2));
}
