package dev.penstock.gateway.admin;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.admin.AdminRoutes;
import dev.penstock.spi.admin.Route;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.util.List;

/**
 * What one module added to the admin API. The host unmounts it when the module has stopped.
 *
 * <p><b>Threads.</b> {@link #mount} on the module's context, on which its handlers will run.
 */
public final class ModuleRoutes implements AdminRoutes {
  private final RouteTable table;
  private final Contracts contracts;
  private final String module;
  private boolean ended;

  ModuleRoutes(RouteTable table, Contracts contracts, String module) {
    this.table = table;
    this.contracts = contracts;
    this.module = module;
  }

  @Override
  public synchronized void mount(List<Route> routes, String openapi) {
    if (ended) throw new GatewayError.Conflict("module %s has stopped".formatted(module));
    Context context = Vertx.currentContext();
    if (context == null)
      throw new IllegalStateException("mount from the module's context: its handlers run there");
    table.mount(routes.stream().map(route -> operation(route, context)).toList());
    contracts.put(module, openapi);
  }

  /**
   * Takes everything back, for good: a route that is mounted later would keep the module's classes.
   * Calls under way get their answers. Harmless twice.
   */
  public synchronized void unmount() {
    if (ended) return; // what is there now is the module's next life's
    ended = true;
    table.unmount(module);
    contracts.remove(module);
  }

  private Operation operation(Route route, Context context) {
    if (!route.path().startsWith("/v1/"))
      throw new GatewayError.Invalid(
          "module %s mounts %s; a route's path begins with /v1/".formatted(module, route.path()));
    return new Operation(
        module,
        route.method(),
        route.path(),
        new Operation.Needs.AtLeast(route.role()),
        new Operation.Action.Answer(route.handler(), context, false));
  }
}
