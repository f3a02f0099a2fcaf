package dev.penstock.nbd.config;

import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Problems;
import io.vertx.core.json.JsonObject;

/**
 * How fast all clients of an export together may be; {@link #UNLIMITED} where there is no limit.
 *
 * @param bandwidth bytes a second, read and written together
 * @param readBandwidth bytes a second that are read
 * @param writeBandwidth bytes a second that are written
 * @param iops requests a second, of whatever kind
 */
public record Rates(long bandwidth, long readBandwidth, long writeBandwidth, long iops) {
  /** No limit. */
  public static final long UNLIMITED = 0;

  public static final Rates NONE = new Rates(UNLIMITED, UNLIMITED, UNLIMITED, UNLIMITED);

  /** With less, one request of 32 MiB would take longer than most clients wait. */
  static final long BANDWIDTH_MIN = 64 << 10;

  /** Far beyond any network of today, and small enough to calculate with. */
  static final long RATE_MAX = 1L << 40;

  /** As fast as it is read, but no more written than this. */
  public static Rates ofWrites(long writeBandwidth) {
    return new Rates(UNLIMITED, UNLIMITED, writeBandwidth, UNLIMITED);
  }

  static Rates read(Block block, Problems problems) {
    return new Rates(
        bandwidth(block, "bandwidth", problems),
        bandwidth(block, "read_bandwidth", problems),
        bandwidth(block, "write_bandwidth", problems),
        block.integer("iops", (int) UNLIMITED, problems));
  }

  private static long bandwidth(Block block, String key, Problems problems) {
    long rate = block.bytes(key, UNLIMITED, problems);
    if (rate == UNLIMITED || (rate >= BANDWIDTH_MIN && rate <= RATE_MAX)) return rate;
    problems.add(
        block.at(key),
        "%s: %s is %d; it takes 64KiB to 1TiB a second, or 0 for no limit"
            .formatted(block.name(), key, rate));
    return UNLIMITED;
  }

  void addTo(JsonObject json) {
    json.put("bandwidth", bandwidth)
        .put("read_bandwidth", readBandwidth)
        .put("write_bandwidth", writeBandwidth)
        .put("iops", iops);
  }
}
