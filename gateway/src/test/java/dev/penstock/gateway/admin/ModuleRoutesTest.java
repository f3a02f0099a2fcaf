package dev.penstock.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.spi.GatewayError;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(VertxExtension.class)
class ModuleRoutesTest {
  private final Contracts contracts = new Contracts();

  @Test
  void aModuleThatHasStoppedMountsNothingAnyMore(Vertx vertx) {
    var routes = new ModuleRoutes(new RouteTable(vertx), contracts, "nbd");
    routes.unmount();

    assertThatThrownBy(() -> routes.mount(List.of(), "openapi: 3.1.0"))
        .isInstanceOf(GatewayError.Conflict.class);

    assertThat(contracts.owners()).doesNotContain("nbd");
  }
}
