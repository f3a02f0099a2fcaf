package dev.penstock.p2p.config;

import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.LimitReader;
import dev.penstock.spi.config.Problems;
import java.time.Duration;

/**
 * What clients may take of the gateway.
 *
 * @param connections at once; who comes beyond is told so
 * @param idle how long a connection may be without a request
 * @param bodyStall how long a body may not move, in either direction
 * @param requestLineBytes of the method and the URL: a key is up to 4 KiB, and three times as many
 *     when encoded
 * @param headerBytes of all other headers together
 * @param uploads at once; each has a file that grows
 * @param locks that clients hold at once, as upstream's {@code --lockedfiles}
 * @param verifications of passwords at once, each of which takes a worker for a while
 * @param nodeAccesses of all clusters together, at once
 * @param shutdown how long transfers may go on when the module is stopped
 */
public record Limits(
    int connections,
    Duration idle,
    Duration bodyStall,
    int requestLineBytes,
    int headerBytes,
    int uploads,
    int locks,
    int verifications,
    int nodeAccesses,
    Duration shutdown) {
  /**
   * Clients open a few connections each; a mobile link can stand still for half a minute; clients
   * keep connections for as long as git-annex runs one command, and open new ones without a word.
   */
  public static final Limits DEFAULTS =
      new Limits(
          4096,
          Duration.ofMinutes(5),
          Duration.ofSeconds(60),
          32 << 10,
          16 << 10,
          256,
          100,
          2,
          64,
          Duration.ofSeconds(10));

  private static final Duration TIME_MIN = Duration.ofMillis(10);

  static Limits read(Block block, Problems problems) {
    var reader = new LimitReader(block, problems);
    var limits =
        new Limits(
            reader.count("connections", DEFAULTS.connections, 1_000_000),
            reader.time("idle", DEFAULTS.idle, TIME_MIN),
            reader.time("body_stall", DEFAULTS.bodyStall, TIME_MIN),
            reader.bytes("request_line", DEFAULTS.requestLineBytes, 1 << 10, 1 << 20),
            reader.bytes("headers", DEFAULTS.headerBytes, 1 << 10, 1 << 20),
            reader.count("uploads", DEFAULTS.uploads, 100_000),
            reader.count("locks", DEFAULTS.locks, 1_000_000),
            reader.count("verifications", DEFAULTS.verifications, 64),
            reader.count("node_accesses", DEFAULTS.nodeAccesses, 10_000),
            reader.time("shutdown", DEFAULTS.shutdown, TIME_MIN));
    block.refuseOtherKeys(problems);
    return limits;
  }
}
