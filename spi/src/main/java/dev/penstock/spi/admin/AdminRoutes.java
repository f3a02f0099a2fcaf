package dev.penstock.spi.admin;

import java.util.List;

/**
 * Where a module adds to the admin API.
 *
 * @since SPI 1.0
 */
public interface AdminRoutes {
  /**
   * Mounts routes until the module stops.
   *
   * @param openapi an OpenAPI 3.1 document in YAML that describes exactly these routes; served
   *     below {@code /v1/openapi}
   * @throws dev.penstock.spi.GatewayError.Conflict if another module has one of the paths
   */
  void mount(List<Route> routes, String openapi);
}
