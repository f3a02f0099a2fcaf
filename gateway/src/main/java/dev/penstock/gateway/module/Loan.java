package dev.penstock.gateway.module;

import dev.penstock.spi.admin.AdminRoutes;
import dev.penstock.spi.handoff.Handoffs;
import dev.penstock.spi.metrics.Metrics;
import dev.penstock.spi.module.Audit;
import dev.penstock.spi.module.FileWorkers;
import dev.penstock.spi.module.Listeners;
import dev.penstock.spi.module.ModuleState;
import dev.penstock.spi.process.Children;
import dev.penstock.spi.retention.Retention;
import dev.penstock.spi.snapshot.Snapshots;
import dev.penstock.spi.task.Tasks;
import dev.penstock.spi.volume.Volumes;
import io.vertx.core.Future;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * What the gateway lends to one module for one life.
 *
 * @param unfinished told what it has not done
 * @param takeBack ends and removes whatever the module left there: tasks, children, volumes,
 *     claims, routes, metrics. Completes when all is back, and does not fail
 */
public record Loan(
    Listeners listeners,
    Volumes volumes,
    Snapshots snapshots,
    Handoffs handoffs,
    Retention retention,
    Tasks tasks,
    FileWorkers workers,
    Children children,
    AdminRoutes admin,
    ModuleState state,
    Metrics metrics,
    Audit audit,
    Consumer<Unfinished.Left> unfinished,
    Supplier<Future<Void>> takeBack) {

  /** Who lends. */
  @FunctionalInterface
  public interface Lender {
    /**
     * @param module the name in the configuration
     */
    Loan lend(String module);
  }
}
