package dev.penstock.nbd.config;

import dev.penstock.nbd.wire.Wire;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.LimitReader;
import dev.penstock.spi.config.Problems;
import io.vertx.core.json.JsonObject;
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
 * @param requestBytes the longest READ or WRITE that clients are told of
 * @param connectionBytes how much of one connection may be under way at once
 * @param totalBytes how much of all connections may be under way at once, beyond each one's {@link
 *     #allowanceBytes}
 */
public record Limits(
    Duration handshake,
    Duration request,
    Duration reply,
    Duration store,
    Duration shutdown,
    int connections,
    int requests,
    int requestBytes,
    long connectionBytes,
    long totalBytes) {

  /** The longest READ or WRITE: what every client may use without asking. */
  public static final int PAYLOAD_BYTES_MAX = Wire.PAYLOAD_BYTES_PORTABLE;

  /** The least that the longest READ or WRITE may be: a read with DF has to work so far. */
  public static final int REQUEST_BYTES_MIN = Wire.DF_BYTES_PORTABLE;

  /** The longest payload of a refused WRITE that is read only to be thrown away. */
  public static final long DRAIN_BYTES_MAX = 256L << 20;

  /** What a connection may always have under way, however much the others have, at most. */
  public static final int ALLOWANCE_BYTES_MAX = 128 << 10;

  /** The same, at least: one request of the size that file systems use. */
  public static final int ALLOWANCE_BYTES_MIN = 4 << 10;

  /** What all connections may always have under way is shared out from this. */
  public static final long ALLOWANCES_BYTES = 64L << 20;

  /** How many connections can have the least allowance each. */
  public static final int CONNECTIONS_MAX = (int) (ALLOWANCES_BYTES / ALLOWANCE_BYTES_MIN);

  /** Replies are packed into buffers of this size. */
  public static final int BATCH_BYTES = 128 << 10;

  /**
   * What all connections may leave unread of what is nobody's data: headers, statuses, errors, and
   * answers to options. It is shared out, as the allowances are.
   */
  public static final long UNREAD_ANSWERS_BYTES = 64L << 20;

  /** What one connection may leave unread of that, at most: as much as is packed together. */
  public static final int UNREAD_ANSWERS_BYTES_MAX = BATCH_BYTES;

  /** The same, at least: a few hundred replies. */
  public static final int UNREAD_ANSWERS_BYTES_MIN = 4 << 10;

  /**
   * What connections that have to wait may have received and not yet looked at, all together. When
   * it is used up, each receives {@link #RECEIVE_BYTES_MIN} at a time until some of it is gone.
   */
  public static final long RECEIVED_BYTES = 32L << 20;

  /** What a connection receives at a time, at least: what an idle one has to begin with. */
  public static final int RECEIVE_BYTES_MIN = 4 << 10;

  /** Above so many unsent bytes no further request of the connection is read. */
  public static final int UNSENT_BYTES_HIGH = 4 << 20;

  /** Below so many unsent bytes reading goes on. */
  public static final int UNSENT_BYTES_LOW = 1 << 20;

  /** Longer reads do not try the fast path: copying them would hold up the event loop. */
  public static final int INLINE_BYTES_MAX = 1 << 20;

  /** Shorter reads are copied into a batch: sending them apart costs more than the copy. */
  public static final int LENT_BYTES_MIN = 64 << 10;

  /** A shorter rest of a payload is received with what comes behind it, and copied. */
  public static final int RECEIVED_IN_PLACE_BYTES_MIN = 32 << 10;

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

  /**
   * How many snapshots of one volume a client is told of, in a list of exports or of contexts: the
   * newest. By name each is to be had.
   */
  public static final int SNAPSHOTS_LISTED_MAX = 64;

  /** The longest name or description of an export that LIST has to carry. */
  public static final int EXPORT_TEXT_BYTES_MAX = 1024;

  /** What the connections of a module may hold in direct memory, of the 512 MiB a gateway has. */
  public static final long DIRECT_BYTES_MAX = 448L << 20;

  /** Hanging peers are looked for this often at most and at least. */
  public static final Duration SCAN_MIN = Duration.ofMillis(20);

  public static final Duration SCAN_MAX = Duration.ofSeconds(1);

  private static final Duration TIME_MIN = Duration.ofMillis(50);

  public static final Limits DEFAULTS =
      new Limits(
          Duration.ofSeconds(10),
          Duration.ofSeconds(120),
          Duration.ofSeconds(120),
          Duration.ofSeconds(60),
          Duration.ofSeconds(10),
          1024,
          256,
          PAYLOAD_BYTES_MAX,
          64L << 20,
          128L << 20);

  /** Reads the {@code limits} block; what is missing or wrong is as in {@link #DEFAULTS}. */
  static Limits read(Block block, Problems problems) {
    var reader = new LimitReader(block, problems);
    var limits =
        new Limits(
            reader.time("handshake", DEFAULTS.handshake, TIME_MIN),
            reader.time("request", DEFAULTS.request, TIME_MIN),
            reader.time("reply", DEFAULTS.reply, TIME_MIN),
            reader.time("store", DEFAULTS.store, TIME_MIN),
            reader.time("shutdown", DEFAULTS.shutdown, TIME_MIN),
            reader.count("connections", DEFAULTS.connections, CONNECTIONS_MAX),
            reader.count("requests", DEFAULTS.requests, Integer.MAX_VALUE),
            requestBytes(block, problems),
            bytes(block, "connection_bytes", DEFAULTS.connectionBytes, problems),
            bytes(block, "total_bytes", DEFAULTS.totalBytes, problems));
    block.refuseOtherKeys(problems);
    if (limits.directBytes() > DIRECT_BYTES_MAX) {
      problems.add(
          block.at(),
          "%s: total_bytes and %d connections could hold %d MiB; a gateway has %d MiB for them"
              .formatted(
                  block.name(),
                  limits.connections,
                  limits.directBytes() >> 20,
                  DIRECT_BYTES_MAX >> 20));
    }
    return limits;
  }

  /**
   * Reads limits as {@link #toJson} gives them, or as a caller of the API writes them.
   *
   * @throws GatewayError.Invalid with everything that is wrong
   */
  public static Limits fromJson(JsonObject json) {
    return JsonSettings.read("limits", json, Limits::read);
  }

  /** These limits with what a caller of the API wants instead; null is what is configured. */
  public Limits patched(JsonObject patch, Limits configured) {
    return fromJson(JsonSettings.patched(toJson(), patch, configured.toJson()));
  }

  /** As the API shows them: times as they are written, sizes in bytes. */
  public JsonObject toJson() {
    return new JsonObject()
        .put("handshake", written(handshake))
        .put("request", written(request))
        .put("reply", written(reply))
        .put("store", written(store))
        .put("shutdown", written(shutdown))
        .put("connections", connections)
        .put("requests", requests)
        .put("request_bytes", requestBytes)
        .put("connection_bytes", connectionBytes)
        .put("total_bytes", totalBytes);
  }

  private static String written(Duration time) {
    long millis = time.toMillis();
    return millis % 1000 == 0 ? millis / 1000 + "s" : millis + "ms";
  }

  /**
   * What a connection may always have under way: its share of {@link #ALLOWANCES_BYTES}, so that
   * many idle connections cost little, and a large request of one of them comes out of {@link
   * #totalBytes}.
   */
  public int allowanceBytes() {
    return Math.clamp(ALLOWANCES_BYTES / connections, ALLOWANCE_BYTES_MIN, ALLOWANCE_BYTES_MAX);
  }

  /**
   * What a connection may leave unread of answers that carry nobody's data: beyond it, nothing more
   * of it is looked at until it reads.
   */
  public int unreadAnswersBytes() {
    return Math.clamp(
        UNREAD_ANSWERS_BYTES / connections, UNREAD_ANSWERS_BYTES_MIN, UNREAD_ANSWERS_BYTES_MAX);
  }

  /** The most that all connections hold: requests, answers that are unread, what was received. */
  public long directBytes() {
    return totalBytes
        + (long) connections * (allowanceBytes() + unreadAnswersBytes() + RECEIVE_BYTES_MIN)
        + RECEIVED_BYTES;
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

  private static int requestBytes(Block block, Problems problems) {
    String key = "request_bytes";
    long bytes = block.bytes(key, DEFAULTS.requestBytes, problems);
    if (bytes >= REQUEST_BYTES_MIN && bytes <= PAYLOAD_BYTES_MAX && bytes % REQUEST_BYTES_MIN == 0)
      return (int) bytes;
    problems.add(
        block.at(key),
        "%s: %s is %d; it takes a multiple of 64KiB up to 32MiB"
            .formatted(block.name(), key, bytes));
    return DEFAULTS.requestBytes;
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
