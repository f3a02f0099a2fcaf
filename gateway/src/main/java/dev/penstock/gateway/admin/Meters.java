package dev.penstock.gateway.admin;

import dev.penstock.spi.admin.Route;
import dev.penstock.spi.metrics.Metrics;
import dev.penstock.spi.tls.CertificateWatch;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/** What the admin API counts of itself. Any thread. */
final class Meters {
  private final Metrics metrics;
  private final AtomicInteger connections = new AtomicInteger();

  Meters(Metrics metrics) {
    this.metrics = metrics;
    metrics.gauge("admin_connections", "Connections to the admin API.", connections::get);
  }

  void connected() {
    connections.incrementAndGet();
  }

  void disconnected() {
    connections.decrementAndGet();
  }

  /** A connection that was ended, by which limit. */
  void cut(String limit) {
    metrics
        .counter("admin_cuts", "Connections that a limit of the admin API ended.", "limit", limit)
        .add(1);
  }

  /**
   * From the head of a request to the beginning of its answer.
   *
   * @param operation empty for what came no further than the door
   */
  void answered(Optional<Operation> operation, int status, long nanos) {
    metrics
        .timer(
            "admin_request",
            "From the head of a request to the beginning of its answer.",
            "route",
            operation.map(Operation::path).orElse("none"),
            "method",
            operation.map(Operation::method).map(Route.Method::name).orElse("none"),
            "status",
            status / 100 + "xx")
        .record(nanos);
  }

  void certificate(CertificateWatch watch) {
    metrics.gauge(
        "admin_certificate_left_seconds",
        "Seconds until the certificate of the admin API ends.",
        watch::secondsLeft);
  }

  void gauges(Slots slots, EventStream events) {
    metrics.gauge("admin_requests_active", "Handlers under way.", slots::taken);
    metrics.gauge("admin_subscribers", "Readers of the event stream.", events::subscribers);
  }
}
