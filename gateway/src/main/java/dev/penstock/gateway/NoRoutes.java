package dev.penstock.gateway;

import dev.penstock.spi.admin.AdminRoutes;
import dev.penstock.spi.admin.Route;
import java.util.List;

/** For a gateway without an admin API: routes are taken, and nobody can call them. */
enum NoRoutes implements AdminRoutes {
  INSTANCE;

  @Override
  public void mount(List<Route> routes, String openapi) {}
}
