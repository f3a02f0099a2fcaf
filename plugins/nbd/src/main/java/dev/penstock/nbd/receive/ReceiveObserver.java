package dev.penstock.nbd.receive;

import dev.penstock.spi.bus.GatewayEvent.ModuleEvent;
import dev.penstock.spi.metrics.Metrics.Counter;
import dev.penstock.spi.module.ModuleContext;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongSupplier;

/** Turns what a reception does into events and metrics. Any thread. */
final class ReceiveObserver {
  static final String STATE = "nbd.receive-state";
  static final String WAITS = "nbd.receive-waits";
  static final String ENDED = "nbd.receive-ended";
  static final String REFUSED = "nbd.receive-refused";

  /** Anybody who can connect can cause one. */
  private static final Duration REFUSALS_EVERY = Duration.ofSeconds(10);

  private final ModuleContext context;
  private final String volume;
  private final Counter bytes;
  private final Counter refusals;
  private Instant toldAt = Instant.MIN;

  ReceiveObserver(ModuleContext context, String volume, LongSupplier missingBytes) {
    this.context = context;
    this.volume = volume;
    this.bytes =
        context
            .metrics()
            .counter("nbd_receive_bytes", "Bytes that sources wrote, durable", "volume", volume);
    this.refusals =
        context
            .metrics()
            .counter(
                "nbd_receive_refused",
                "Connections that were no source's, or one too many",
                "volume",
                volume);
    context
        .metrics()
        .gauge(
            "nbd_receive_missing_bytes",
            "What has still to be written on the connection that there is",
            missingBytes::getAsLong,
            "volume",
            volume);
  }

  void received(long more) {
    bytes.add(more);
  }

  void became(Reception.State state) {
    publish(STATE, Map.of("state", state.name().toLowerCase(Locale.ROOT)));
  }

  void waits(String why) {
    publish(WAITS, Map.of("why", why));
  }

  void ended(String peer, String why, long missingBytes) {
    publish(ENDED, Map.of("peer", peer, "why", why, "missing_bytes", Long.toString(missingBytes)));
  }

  synchronized void refused(String peer, String why) {
    refusals.add(1);
    Instant now = context.clock().instant();
    if (toldAt.plus(REFUSALS_EVERY).isAfter(now)) return;
    toldAt = now;
    publish(REFUSED, Map.of("peer", peer, "why", why));
  }

  private void publish(String type, Map<String, String> details) {
    Map<String, String> all = new LinkedHashMap<>(details);
    all.put("volume", volume);
    context
        .events()
        .publish(new ModuleEvent(context.clock().instant(), context.module(), type, all));
  }
}
