package dev.penstock.nbd.config;

import dev.penstock.nbd.wire.Wire;
import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Problems;
import java.time.Duration;

/**
 * The limits of one NBD module: those an operator can change, and, as constants, those that nobody
 * needs to.
 *
 * @param handshake how long a client may take to choose its export
 * @param request how long a request may stay unfinished without moving on by {@link
 *     #PROGRESS_BYTES}
 * @param reply how long replies may stay unread without moving on by {@link #PROGRESS_BYTES}
 * @param store how long a request may wait for its volume before it is answered with an error
 * @param shutdown how long requests under way may take when a connection, an export or the module
 *     ends
 * @param connections how many there may be at once
 * @param requests how many of one connection may be under way at once
 * @param connectionBytes how much of one connection may be under way at once
 * @param totalBytes how much of all connections may be under way at once, beyond each one's {@link
 *     #ALLOWANCE_BYTES}
 */
public record Limits(
    Duration handshake,
    Duration request,
    Duration reply,
    Duration store,
    Duration shutdown,
    int connections,
    int requests,
    long connectionBytes,
    long totalBytes) {

  /** The longest READ or WRITE: what every client may use without asking. */
  public static final int PAYLOAD_BYTES_MAX = Wire.PAYLOAD_BYTES_PORTABLE;

  /** The longest payload of a refused WRITE that is read only to be thrown away. */
  public static final long DRAIN_BYTES_MAX = 256L << 20;

  /** What a connection may always have under way, however much the others have. */
  public static final int ALLOWANCE_BYTES = 128 << 10;

  /** Replies are packed into buffers of this size. */
  public static final int BATCH_BYTES = 128 << 10;

  /** Above so many unsent bytes no further request of the connection is read. */
  public static final int UNSENT_BYTES_HIGH = 4 << 20;

  /** Below so many unsent bytes reading goes on. */
  public static final int UNSENT_BYTES_LOW = 1 << 20;

  /** Longer reads do not try the fast path: copying them would hold up the event loop. */
  public static final int INLINE_BYTES_MAX = 1 << 20;

  /** Shorter reads are copied into a batch: sending them apart costs more than the copy. */
  public static final int LENT_BYTES_MIN = 64 << 10;

  /** A peer that moves less than this within its limit is hanging, not slow. */
  public static final long PROGRESS_BYTES = 1 << 20;

  /**
   * While somebody waits in line for memory, whoever holds some and does not move has this fraction
   * of its time: 10 s of 120 s, in which a client on a slow line still moves 1 MiB.
   */
  public static final int SCARCE_FRACTION = 12;

  /** How long a client has to close its side once it was sent everything. It owes nothing else. */
  public static final Duration FAREWELL = Duration.ofSeconds(1);

  /** A block status reply has at most so many descriptors; a client asks again for the rest. */
  public static final int EXTENTS_MAX = 64 << 10;

  /** Shorter reads are answered with data alone: looking for holes costs more than it saves. */
  public static final int PIECES_BYTES_MIN = 64 << 10;

  /** A read that would come in more pieces than this is answered with data alone. */
  public static final int PIECES_MAX = 64;

  /** How many exports a module takes: LIST answers with all of them at once. */
  public static final int EXPORTS_MAX = 1024;

  /** The longest name or description of an export that LIST has to carry. */
  public static final int EXPORT_TEXT_BYTES_MAX = 1024;

  /** What the connections of a module may hold in direct memory, of the 512 MiB a gateway has. */
  public static final long DIRECT_BYTES_MAX = 448L << 20;

  /** Hanging peers are looked for this often at most and at least. */
  public static final Duration SCAN_MIN = Duration.ofMillis(20);

  public static final Duration SCAN_MAX = Duration.ofSeconds(1);

  private static final Duration TIME_MIN = Duration.ofMillis(50);
  private static final Duration TIME_MAX = Duration.ofDays(1);

  public static final Limits DEFAULTS =
      new Limits(
          Duration.ofSeconds(10),
          Duration.ofSeconds(120),
          Duration.ofSeconds(120),
          Duration.ofSeconds(60),
          Duration.ofSeconds(10),
          512,
          256,
          64L << 20,
          128L << 20);

  /** Reads the {@code limits} block; what is missing or wrong is as in {@link #DEFAULTS}. */
  static Limits read(Block block, Problems problems) {
    var limits =
        new Limits(
            time(block, "handshake", DEFAULTS.handshake, problems),
            time(block, "request", DEFAULTS.request, problems),
            time(block, "reply", DEFAULTS.reply, problems),
            time(block, "store", DEFAULTS.store, problems),
            time(block, "shutdown", DEFAULTS.shutdown, problems),
            count(block, "connections", DEFAULTS.connections, problems),
            count(block, "requests", DEFAULTS.requests, problems),
            bytes(block, "connection_bytes", DEFAULTS.connectionBytes, problems),
            bytes(block, "total_bytes", DEFAULTS.totalBytes, problems));
    block.refuseOtherKeys(problems);
    if (limits.directBytes() > DIRECT_BYTES_MAX) {
      problems.add(
          block.at(),
          "%s: %d connections and total_bytes could hold %d MiB; a gateway has %d MiB for them"
              .formatted(
                  block.name(),
                  limits.connections,
                  limits.directBytes() >> 20,
                  DIRECT_BYTES_MAX >> 20));
    }
    return limits;
  }

  /** The most that all connections together hold. */
  public long directBytes() {
    return totalBytes + (long) connections * (ALLOWANCE_BYTES + BATCH_BYTES);
  }

  /** How often to look for hanging peers: often enough that no limit is overrun by much. */
  public Duration scan() {
    Duration shortest = handshake;
    for (Duration limit : new Duration[] {request, reply, store}) {
      if (limit.compareTo(shortest) < 0) shortest = limit;
    }
    Duration scan = shortest.dividedBy(8);
    if (scan.compareTo(SCAN_MIN) < 0) return SCAN_MIN;
    return scan.compareTo(SCAN_MAX) > 0 ? SCAN_MAX : scan;
  }

  private static Duration time(Block block, String key, Duration otherwise, Problems problems) {
    Duration time = block.duration(key, otherwise, problems);
    if (time.compareTo(TIME_MIN) >= 0 && time.compareTo(TIME_MAX) <= 0) return time;
    problems.add(
        block.at(key),
        "%s: %s is %d ms; it takes 50ms to 1d".formatted(block.name(), key, time.toMillis()));
    return otherwise;
  }

  private static int count(Block block, String key, int otherwise, Problems problems) {
    int count = block.integer(key, otherwise, problems);
    if (count >= 1) return count;
    problems.add(block.at(key), "%s: %s is %d; the least is 1".formatted(block.name(), key, count));
    return otherwise;
  }

  private static long bytes(Block block, String key, long otherwise, Problems problems) {
    long bytes = block.bytes(key, otherwise, problems);
    if (bytes >= PAYLOAD_BYTES_MAX) return bytes;
    problems.add(
        block.at(key),
        "%s: %s is %d; one request may have %d (32MiB)"
            .formatted(block.name(), key, bytes, PAYLOAD_BYTES_MAX));
    return otherwise;
  }
}
