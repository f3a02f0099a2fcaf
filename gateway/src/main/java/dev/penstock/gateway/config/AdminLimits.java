package dev.penstock.gateway.config;

import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Problems;
import java.time.Duration;

/**
 * What a caller of the admin API can take from the gateway, whatever he sends, does not send, or
 * does not read: the {@code admin.limits} block.
 *
 * <p>What all callers together can hold is {@code connections × (body + a write queue)}: 144 MiB
 * with the defaults, if every one of them sends the largest body at once.
 *
 * @param requestLineBytesMax method, path and query
 * @param headerBytesMax all header lines of a request
 * @param bodyBytesMax a request's body, but for a plugin's archive
 * @param archiveBytesMax a plugin's archive, which goes to a file as it arrives
 * @param connectionsMax per listener, so that a flood of TCP leaves the unix socket open
 * @param requestsMax handlers under way; health and metrics do not count
 * @param subscribersMax readers of the event stream
 * @param arrivalLimit from the first byte that could be sent to the last byte of the body
 * @param archiveLimit the same, for a plugin's archive
 * @param idleLimit between an answer and the end of the next request's header
 * @param answerLimit how long a handler may take
 * @param slowReaderLimit how long no byte of an answer may leave
 * @param heartbeat between comments on a quiet event stream
 */
public record AdminLimits(
    int requestLineBytesMax,
    int headerBytesMax,
    int bodyBytesMax,
    long archiveBytesMax,
    int connectionsMax,
    int requestsMax,
    int subscribersMax,
    Duration arrivalLimit,
    Duration archiveLimit,
    Duration idleLimit,
    Duration answerLimit,
    Duration slowReaderLimit,
    Duration heartbeat) {

  /** What a gateway has whose configuration says nothing. */
  public static final AdminLimits DEFAULTS =
      new AdminLimits(
          4 << 10,
          16 << 10,
          1 << 20,
          64L << 20,
          128,
          32,
          16,
          Duration.ofSeconds(10),
          Duration.ofMinutes(5),
          Duration.ofSeconds(60),
          Duration.ofSeconds(60),
          Duration.ofSeconds(60),
          Duration.ofSeconds(15));

  /** Reads the block {@code admin.limits}; a wrong value is a problem, and reads as its default. */
  static AdminLimits read(Block block, Problems problems) {
    var of = new Reader(block, problems);
    var limits =
        new AdminLimits(
            of.bytes("request_line", DEFAULTS.requestLineBytesMax, 256, 64 << 10),
            of.bytes("header", DEFAULTS.headerBytesMax, 1 << 10, 256 << 10),
            of.bytes("body", DEFAULTS.bodyBytesMax, 1 << 10, 16 << 20),
            of.bytes("archive", (int) DEFAULTS.archiveBytesMax, 1 << 10, 1 << 30),
            of.count("connections", DEFAULTS.connectionsMax, 10_000),
            of.count("requests", DEFAULTS.requestsMax, 1_000),
            of.count("subscribers", DEFAULTS.subscribersMax, 1_000),
            of.time("arrival", DEFAULTS.arrivalLimit),
            of.time("archive_arrival", DEFAULTS.archiveLimit),
            of.time("idle", DEFAULTS.idleLimit),
            of.time("answer", DEFAULTS.answerLimit),
            of.time("slow_reader", DEFAULTS.slowReaderLimit),
            of.time("heartbeat", DEFAULTS.heartbeat));
    if (limits.subscribersMax >= limits.connectionsMax)
      problems.add(
          block.at("subscribers"),
          "%s: subscribers is %d; it must leave some of the %d connections to others"
              .formatted(block.name(), limits.subscribersMax, limits.connectionsMax));
    block.refuseOtherKeys(problems);
    return limits;
  }

  /** Reads values within bounds: a limit of nothing would shut everybody out. */
  private record Reader(Block block, Problems problems) {
    static final Duration TIME_MIN = Duration.ofMillis(50);
    static final Duration TIME_MAX = Duration.ofHours(1);

    int bytes(String key, int otherwise, int least, int most) {
      long value = block.bytes(key, otherwise, problems);
      return within(key, value, otherwise, least, most);
    }

    int count(String key, int otherwise, int most) {
      return within(key, block.integer(key, otherwise, problems), otherwise, 1, most);
    }

    Duration time(String key, Duration otherwise) {
      Duration value = block.duration(key, otherwise, problems);
      if (value.compareTo(TIME_MIN) >= 0 && value.compareTo(TIME_MAX) <= 0) return value;
      problems.add(
          block.at(key),
          "%s: %s is %d ms; it takes 50ms to 1h".formatted(block.name(), key, value.toMillis()));
      return otherwise;
    }

    private int within(String key, long value, int otherwise, int least, int most) {
      if (value >= least && value <= most) return (int) value;
      problems.add(
          block.at(key),
          "%s: %s is %d; it takes %d to %d".formatted(block.name(), key, value, least, most));
      return otherwise;
    }
  }
}
