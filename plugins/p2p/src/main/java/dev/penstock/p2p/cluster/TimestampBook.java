package dev.penstock.p2p.cluster;

import dev.penstock.spi.content.Caller;
import dev.penstock.spi.content.KeyStore;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What the clocks of nodes showed when ours was read for a client: what the client says later in
 * our time is said to a node in its own. The specification, §11.
 *
 * <p><b>Threads.</b> Any.
 */
final class TimestampBook {
  /** Clients that have asked and not come back; the oldest goes. */
  static final int CALLERS_MAX = 1000;

  private final LinkedHashMap<Caller, Reading> readings =
      new LinkedHashMap<>(); // guarded by itself

  /**
   * All clocks at one moment.
   *
   * @param localSeconds read after the others, so that what is said in their time comes early
   *     rather than late
   * @param byNode of those that answered
   */
  record Reading(long localSeconds, Map<String, Long> byNode) {
    Reading {
      byNode = Map.copyOf(byNode);
    }

    /** The same moment on a node's clock; empty if that is not known. */
    OptionalLong translate(long local, String node) {
      return Optional.ofNullable(byNode.get(node))
          .map(seconds -> OptionalLong.of(seconds + (local - localSeconds)))
          .orElseGet(OptionalLong::empty);
    }
  }

  void remember(Caller caller, Reading reading) {
    synchronized (readings) {
      readings.remove(caller);
      readings.put(caller, reading);
      if (readings.size() > CALLERS_MAX) readings.pollFirstEntry();
    }
  }

  /**
   * Empty for one that is too old: no proof is good for longer than {@link KeyStore#RETENTION}, and
   * a node may have started anew, with another clock.
   */
  Optional<Reading> of(Caller caller, long nowSeconds) {
    synchronized (readings) {
      return Optional.ofNullable(readings.get(caller))
          .filter(known -> nowSeconds - known.localSeconds() <= KeyStore.RETENTION.toSeconds());
    }
  }
}
