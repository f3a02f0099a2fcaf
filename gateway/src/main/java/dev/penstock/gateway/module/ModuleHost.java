package dev.penstock.gateway.module;

import dev.penstock.gateway.bus.Deadline;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.bus.Commands;
import dev.penstock.spi.bus.Events;
import dev.penstock.spi.module.Extensions;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.ThreadingModel;
import io.vertx.core.Vertx;
import java.time.InstantSource;
import java.util.function.Supplier;

/**
 * What all modules run on.
 *
 * @param vertx the event loops of modules; the host's own clocks are on another
 */
public record ModuleHost(
    Vertx vertx,
    Deadline deadline,
    LoopProbe probe,
    Events events,
    Commands commands,
    Loan.Lender lender,
    Supplier<Extensions> extensions,
    ModuleLimits limits,
    InstantSource clock) {

  /** The loader becomes the context class loader of every handler on that event loop. */
  DeploymentOptions options(ClassLoader loader) {
    return new DeploymentOptions()
        .setThreadingModel(ThreadingModel.EVENT_LOOP)
        .setClassLoader(loader);
  }

  Future<Void> undeploy(String deployment) {
    return deadline.within(
        limits.cleanup(),
        vertx.undeploy(deployment),
        () ->
            new GatewayError.Failed(
                Scope.MODULE,
                "its event loop is blocked; it was not undeployed within %d ms"
                    .formatted(limits.cleanup().toMillis())));
  }
}
