package dev.penstock.gateway.admin;

import io.vertx.core.Context;
import java.util.List;

/** Operations of the gateway's own, on one subject. */
@FunctionalInterface
interface CoreRoutes {
  /** The owner of the gateway's own operations. */
  String OWNER = Contracts.GATEWAY;

  /**
   * @param context of the admin API, on which their handlers run
   */
  List<Operation> operations(Context context);
}
