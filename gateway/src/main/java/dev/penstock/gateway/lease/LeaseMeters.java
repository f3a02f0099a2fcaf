package dev.penstock.gateway.lease;

import dev.penstock.spi.metrics.Metrics;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** What metrics tell of leases. */
final class LeaseMeters {
  private LeaseMeters() {}

  static void show(Leases leases, InstantSource clock, Metrics metrics) {
    for (Lease.Kind kind : Lease.Kind.values())
      metrics.gauge(
          "leases",
          "Leases on snapshots",
          () -> leases.list().stream().filter(one -> one.lease().kind() == kind).count(),
          "kind",
          LeaseText.word(kind));
    metrics.gauge(
        "lease_oldest_age_seconds",
        "How long the oldest lease is held",
        () -> oldestSeconds(leases, clock.instant()));
    metrics.gauge("snapshots_condemned", "Snapshots about to be destroyed", leases::condemnedCount);
  }

  private static double oldestSeconds(Leases leases, Instant now) {
    return leases.list().stream()
        .findFirst()
        .map(one -> Duration.between(one.lease().acquiredAt(), now).toMillis() / 1000.0)
        .orElse(0.0);
  }
}
