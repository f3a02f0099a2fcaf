package dev.penstock.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.admin.Reply;
import dev.penstock.spi.admin.Role;
import dev.penstock.spi.admin.Route;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who gets which path. What a call then finds is {@link PathsTest}'s. */
@ExtendWith(VertxExtension.class)
class RouteTableTest {
  private static List<Operation> of(Vertx vertx, String owner, String... methodsAndPaths) {
    return Arrays.stream(methodsAndPaths).map(text -> one(vertx, owner, text)).toList();
  }

  private static Operation one(Vertx vertx, String owner, String methodAndPath) {
    String[] parts = methodAndPath.split(" ", 2);
    return new Operation(
        owner,
        Route.Method.valueOf(parts[0]),
        parts[1],
        new Operation.Needs.AtLeast(Role.READER),
        new Operation.Action.Answer(
            _ -> Future.succeededFuture(Reply.done()), vertx.getOrCreateContext(), false));
  }

  @Test
  void aPathBelongsToOneOwnerWhateverItsParametersAreCalled(Vertx vertx) {
    var table = new RouteTable(vertx);
    table.mount(of(vertx, "nbd", "GET /v1/exports/{export}", "PUT /v1/exports/{name}"));

    assertThatThrownBy(() -> table.mount(of(vertx, "evil", "DELETE /v1/exports/{any}")))
        .isInstanceOf(GatewayError.Conflict.class)
        .hasMessage(
            "DELETE /v1/exports/{any} is served by nbd already, as /v1/exports/{export}; evil"
                + " cannot have it");
  }

  @Test
  void allAreMountedOrNone(Vertx vertx) {
    var table = new RouteTable(vertx);
    table.mount(of(vertx, "nbd", "GET /v1/exports"));
    List<Operation> before = table.operations();

    assertThatThrownBy(() -> table.mount(of(vertx, "two", "GET /v1/two", "GET /v1/exports")))
        .isInstanceOf(GatewayError.Conflict.class);
    assertThat(table.operations()).isEqualTo(before);
  }

  @Test
  void whatOneOwnerLeavesAnotherMayHave(Vertx vertx) {
    var table = new RouteTable(vertx);
    table.mount(of(vertx, "nbd", "GET /v1/exports"));
    table.mount(of(vertx, "other", "GET /v1/others"));
    table.unmount("nbd");
    table.mount(of(vertx, "next", "POST /v1/exports"));

    assertThat(table.operations()).extracting(Operation::owner).containsExactly("next", "other");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "v1/things",
        "/v1/things/",
        "/v1/*",
        "/v1/:thing",
        "/v1/a(b)",
        "/v1/thing-{thing}",
        "/v1/{a-b}",
        "/v1/{}",
        "/v1//things",
        "/v1/{a}/{a}"
      })
  void aPathThatVertxWebWouldReadInAnotherWayIsRefused(String path, Vertx vertx) {
    assertThatThrownBy(() -> of(vertx, "nbd", "GET " + path))
        .isInstanceOf(GatewayError.Invalid.class)
        .hasMessageContaining(path);
  }
}
