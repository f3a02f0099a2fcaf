package dev.penstock.gateway;

import dev.penstock.gateway.admin.AccessLog;
import dev.penstock.gateway.admin.AdminServer;
import dev.penstock.gateway.child.OwnedChildren;
import dev.penstock.gateway.listen.OwnedListeners;
import dev.penstock.gateway.metrics.MetricsRegistry;
import dev.penstock.gateway.module.Loan;
import dev.penstock.gateway.module.Unfinished;
import dev.penstock.gateway.retention.RetentionDesk;
import dev.penstock.gateway.state.StateFile;
import dev.penstock.gateway.state.StoredModuleState;
import dev.penstock.gateway.task.TaskRegistry;
import dev.penstock.gateway.volume.VolumeRegistry;
import dev.penstock.gateway.volume.VolumeSnapshots;
import dev.penstock.gateway.volume.Workers;
import dev.penstock.spi.module.Listeners;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.function.Supplier;

/**
 * Lends the gateway's services to modules, each under its own name, and takes them back.
 *
 * @param vertx of the modules
 * @param unfinished what modules leave to their next life
 * @param taskLimit how long tasks of a module that has stopped may take to leave
 */
record Lending(
    Vertx vertx,
    Listeners listeners,
    VolumeRegistry volumes,
    VolumeSnapshots snapshots,
    RetentionDesk retention,
    TaskRegistry tasks,
    Workers workers,
    StateFile state,
    MetricsRegistry metrics,
    Supplier<AdminServer> admin,
    AccessLog access,
    Unfinished unfinished,
    Duration taskLimit)
    implements Loan.Lender {

  /** What a module is called where others are called too: in tasks, and among a volume's users. */
  static String owner(String module) {
    return "module " + module;
  }

  /** Whether a user of a volume is this module; what else a module says of itself comes behind. */
  static boolean isOf(String module, String user) {
    String owner = owner(module);
    return user.equals(owner)
        || (user.startsWith(owner) && " ,:/(".indexOf(user.charAt(owner.length())) >= 0);
  }

  @Override
  public Loan lend(String module) {
    var itsListeners = new OwnedListeners(listeners);
    var itsVolumes = volumes.of(owner(module));
    var itsSnapshots = snapshots.of(owner(module));
    var itsHandoffs = volumes.handoffsOf(owner(module));
    var itsForesight = retention.ofModule();
    var itsTasks = tasks.of(owner(module));
    var itsChildren = new OwnedChildren(vertx, owner(module), taskLimit.dividedBy(4));
    var itsRoutes = admin.get().routesOf(module);
    var itsMetrics = metrics.forModule(module);
    unfinished.begins(module);
    return new Loan(
        itsListeners,
        itsVolumes,
        itsSnapshots,
        itsHandoffs,
        itsForesight,
        itsTasks,
        workers::onFiles,
        itsChildren,
        itsRoutes,
        new StoredModuleState(state, module),
        itsMetrics,
        access.of(module),
        one -> unfinished.note(module, one),
        () -> {
          itsRoutes.unmount();
          itsForesight.withdraw();
          itsMetrics.close();
          // At once: a task may wait for one.
          Future<Void> killed = itsChildren.killAll();
          // Before what may have to wait for a disk: the next life wants the same addresses.
          return itsListeners
              .releaseAll()
              // Before the volumes: what a task still uses must be there until it has left.
              .eventually(() -> itsTasks.stop(taskLimit))
              .eventually(() -> killed)
              .eventually(itsSnapshots::closeAll)
              .eventually(itsHandoffs::closeAll)
              .eventually(itsVolumes::closeAll);
        });
  }
}
