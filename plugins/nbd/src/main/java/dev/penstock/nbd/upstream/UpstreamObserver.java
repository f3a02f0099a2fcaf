package dev.penstock.nbd.upstream;

import static java.util.Objects.requireNonNull;

import dev.penstock.nbd.client.Link;
import dev.penstock.nbd.client.Request;
import dev.penstock.nbd.client.ServerUri;
import dev.penstock.spi.bus.Events;
import dev.penstock.spi.bus.GatewayEvent;
import dev.penstock.spi.metrics.Metrics;
import java.time.Duration;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.DoubleSupplier;

/**
 * Says what happens to one volume's connections; the host writes every event into its log. Threads:
 * any; never blocks.
 */
final class UpstreamObserver {
  static final String CONNECTED = "upstream.connected";
  static final String LOST = "upstream.lost";
  static final String CHANGED = "upstream.changed";
  static final String FLUSH_FAILED = "upstream.flush-failed";

  private final String store;
  private final String volume;
  private final ServerUri uri;
  private final Events events;
  private final InstantSource clock;
  private final Metrics metrics;
  private final Metrics.Counter connects;
  private final Map<Link.Why, Metrics.Counter> lost = new EnumMap<>(Link.Why.class);
  private final Metrics.Counter replays;
  private final Metrics.Counter read;
  private final Metrics.Counter written;
  private final Metrics.Counter readAheadHits;

  UpstreamObserver(
      String store,
      String volume,
      ServerUri uri,
      Events events,
      InstantSource clock,
      Metrics metrics) {
    this.store = store;
    this.volume = volume;
    this.uri = uri;
    this.events = events;
    this.clock = clock;
    this.metrics = metrics;
    this.connects = counter("upstream_connects", "Connections that were made");
    for (Link.Why why : Link.Why.values())
      lost.put(
          why, counter("upstream_lost", "Connections that were lost, or failed", "why", word(why)));
    this.replays = counter("upstream_replays", "Requests that were sent again");
    String bytes = "Data that was read from and written to the upstream";
    this.read = counter("upstream_bytes", bytes, "direction", "read");
    this.written = counter("upstream_bytes", bytes, "direction", "written");
    this.readAheadHits =
        counter("upstream_read_ahead_hits", "Reads that were answered from what was read ahead");
  }

  private Metrics.Counter counter(String name, String help, String... more) {
    return metrics.counter(name, help, labels(more));
  }

  /** Shown for as long as the store is open. */
  void gauge(String name, String help, DoubleSupplier value) {
    metrics.gauge(name, help, value, labels());
  }

  private String[] labels(String... more) {
    String[] labels = new String[4 + more.length];
    labels[0] = "store";
    labels[1] = store;
    labels[2] = "volume";
    labels[3] = volume;
    System.arraycopy(more, 0, labels, 4, more.length);
    return labels;
  }

  void connected() {
    connects.add(1);
  }

  /** The first connection after there was none. */
  void there(Duration away, int waiting) {
    publish(
        CONNECTED,
        Map.of(
            "store", store,
            "uri", uri.toString(),
            "away_ms", Long.toString(away.toMillis()),
            "waiting", Integer.toString(waiting)));
  }

  void lost(Link.Why why) {
    requireNonNull(lost.get(why)).add(1);
  }

  /** The last connection is gone; what is asked for waits. */
  void away(Link.Why why, String detail, int waiting) {
    publish(
        LOST,
        Map.of(
            "store", store,
            "uri", uri.toString(),
            "why", word(why),
            "detail", detail,
            "waiting", Integer.toString(waiting)));
  }

  /** The device is another one: the volume refuses from now on. */
  void changed(String detail) {
    publish(CHANGED, Map.of("store", store, "uri", uri.toString(), "detail", detail));
  }

  /** A FLUSH is answered with an error, since what it was to cover may be gone. */
  void flushFailed(String detail) {
    publish(FLUSH_FAILED, Map.of("store", store, "uri", uri.toString(), "detail", detail));
  }

  void replayed() {
    replays.add(1);
  }

  void answered(Request request) {
    switch (request.command) {
      case READ -> read.add(request.lengthBytes);
      case WRITE -> written.add(request.lengthBytes);
      case DISC, FLUSH, TRIM, CACHE, WRITE_ZEROES, BLOCK_STATUS, RESIZE, UNKNOWN -> {}
    }
  }

  void readAheadHit() {
    readAheadHits.add(1);
  }

  static String word(Link.Why why) {
    return why.name().toLowerCase(Locale.ROOT);
  }

  private void publish(String type, Map<String, String> details) {
    events.publish(new GatewayEvent.ModuleEvent(clock.instant(), volume, type, details));
  }
}
