package dev.penstock.nbd.upstream;

import dev.penstock.nbd.client.Link;
import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.LimitReader;
import dev.penstock.spi.config.Problems;
import java.time.Duration;

/**
 * How long a store waits for its servers, and for how much at once.
 *
 * @param connect how long a connection may take, from the first packet to the last option
 * @param request how long a server that owes an answer may move nothing; then it is left
 * @param giveUp how long a call may wait, over all attempts, before it fails
 * @param requests how many calls of one volume may wait at once
 * @param backoffFirst the wait after the first attempt to connect that failed
 * @param backoffMax the longest wait between attempts
 */
record UpstreamLimits(
    Duration connect,
    Duration request,
    Duration giveUp,
    int requests,
    Duration backoffFirst,
    Duration backoffMax) {

  /**
   * {@code give_up} is as long as the NBD server waits for a volume by default; {@code requests} as
   * many as it takes from one connection, and a quarter of the calls that a gateway lets wait for
   * the network: a server that is away leaves the others room.
   */
  static final UpstreamLimits DEFAULTS =
      new UpstreamLimits(
          Duration.ofSeconds(10),
          Duration.ofSeconds(30),
          Duration.ofSeconds(60),
          256,
          Duration.ofMillis(100),
          Duration.ofSeconds(5));

  static final int REQUESTS_MAX = 65_536;

  private static final Duration TIME_MIN = Duration.ofMillis(10);

  /** How often to look at the clock: often enough that no limit is overrun by much. */
  private static final Duration SCAN_MIN = Duration.ofMillis(10);

  private static final Duration SCAN_MAX = Duration.ofSeconds(1);

  /** Reads the {@code limits} block; what is missing or wrong is as in {@link #DEFAULTS}. */
  static UpstreamLimits read(Block block, Problems problems) {
    var reader = new LimitReader(block, problems);
    var limits =
        new UpstreamLimits(
            reader.time("connect", DEFAULTS.connect, TIME_MIN),
            reader.time("request", DEFAULTS.request, TIME_MIN),
            reader.time("give_up", DEFAULTS.giveUp, TIME_MIN),
            reader.count("requests", DEFAULTS.requests, REQUESTS_MAX),
            reader.time("backoff_first", DEFAULTS.backoffFirst, TIME_MIN),
            reader.time("backoff_max", DEFAULTS.backoffMax, TIME_MIN));
    block.refuseOtherKeys(problems);
    if (limits.backoffFirst.compareTo(limits.backoffMax) > 0)
      problems.add(
          block.at("backoff_first"),
          "%s: backoff_first is %d ms, and backoff_max %d ms"
              .formatted(
                  block.name(), limits.backoffFirst.toMillis(), limits.backoffMax.toMillis()));
    return limits;
  }

  Link.Limits ofLink() {
    return new Link.Limits(connect, request, giveUp);
  }

  Duration scan() {
    Duration scan = connect;
    for (Duration limit : new Duration[] {request, giveUp})
      if (limit.compareTo(scan) < 0) scan = limit;
    scan = scan.dividedBy(8);
    if (scan.compareTo(SCAN_MIN) < 0) return SCAN_MIN;
    return scan.compareTo(SCAN_MAX) > 0 ? SCAN_MAX : scan;
  }
}
