package dev.penstock.replication.migrate;

import dev.penstock.replication.migrate.Progress.Phase;
import dev.penstock.spi.bus.GatewayEvent.ModuleEvent;
import dev.penstock.spi.metrics.Metrics;
import dev.penstock.spi.module.ModuleContext;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleSupplier;

/** What migrations are measured by, and the event of how one ended. Threads: any. */
final class MigrationMeters {
  /** Whatever came of it; a migration that was left unconfirmed is settled later. */
  private static final String ENDED = "replication.migration-ended";

  private static final List<String> OUTCOMES = List.of("done", "aborted", "unconfirmed");

  private final ModuleContext context;
  private final Metrics.Counter bytes;
  private final Metrics.Timer freezes;

  /**
   * @param running how many there are now
   * @param leftBytes of all of them, of the rounds that they are in
   */
  MigrationMeters(ModuleContext context, DoubleSupplier running, DoubleSupplier leftBytes) {
    this.context = context;
    Metrics metrics = context.metrics();
    this.bytes = metrics.counter("replication_migrated_bytes", "Bytes that migrations have sent");
    this.freezes =
        metrics.timer(
            "replication_migration_freeze", "How long clients waited until it was given up here");
    metrics.gauge("replication_migrations", "Migrations that run", running);
    metrics.gauge(
        "replication_migration_left_bytes",
        "What is left of the rounds that migrations are in",
        leftBytes);
    for (String outcome : OUTCOMES)
      ended(outcome).add(0); // a first one is no increase of a number that was not there
  }

  private Metrics.Counter ended(String outcome) {
    return context
        .metrics()
        .counter(
            "replication_migrations_ended",
            "Migrations that have ended, by what came of them",
            "outcome",
            outcome);
  }

  /** One is over, or was left to be finished by a next start. */
  void ended(Move one) {
    Progress.Seen seen = one.seen();
    bytes.add(seen.sentBytes());
    seen.froze().ifPresent(froze -> freezes.record(froze.toNanos()));
    String outcome = outcome(seen.phase());
    ended(outcome).add(1);
    context
        .events()
        .publish(
            new ModuleEvent(
                context.clock().instant(),
                one.volume(),
                ENDED,
                Map.of(
                    "to", one.to().peer(),
                    "outcome", outcome,
                    "bytes_sent", String.valueOf(seen.sentBytes()))));
  }

  private static String outcome(Phase phase) {
    return switch (phase) {
      case DONE -> "done";
      case OFFERING, ROUNDS, CONFIRM, FREEZING, ABORTED -> "aborted";
      case HANDING_OVER -> "unconfirmed";
    };
  }
}
