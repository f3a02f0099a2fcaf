package dev.penstock.nbd.config;

import java.util.Set;
import java.util.TreeSet;

/** Which settings of an export let more in, or let it take more, than those of another. Pure. */
final class Widening {
  /** What {@code connections_max} and rates are where there is no limit. */
  private static final long UNLIMITED = 0;

  private Widening() {}

  /** The settings, as JSON calls them, in which {@code after} is wider than {@code before}. */
  static Set<String> between(ExportSettings before, ExportSettings after) {
    Set<String> wider = new TreeSet<>();
    if (!before.allow().covers(after.allow())) wider.add("allow");
    if (before.tls().compareTo(after.tls()) > 0) wider.add("tls");
    if (isMore(after.connectionsMax(), before.connectionsMax())) wider.add("connections_max");
    Rates was = before.rates();
    Rates is = after.rates();
    if (isMore(is.bandwidth(), was.bandwidth())) wider.add("bandwidth");
    if (isMore(is.readBandwidth(), was.readBandwidth())) wider.add("read_bandwidth");
    if (isMore(is.writeBandwidth(), was.writeBandwidth())) wider.add("write_bandwidth");
    if (isMore(is.iops(), was.iops())) wider.add("iops");
    return wider;
  }

  private static boolean isMore(long limit, long than) {
    if (than == UNLIMITED) return false;
    return limit == UNLIMITED || limit > than;
  }
}
