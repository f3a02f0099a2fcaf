package dev.penstock.p2p;

import dev.penstock.p2p.cluster.NodeState;
import dev.penstock.spi.admin.Call;
import dev.penstock.spi.admin.Reply;
import dev.penstock.spi.admin.Role;
import dev.penstock.spi.admin.Route;
import dev.penstock.spi.admin.Route.Method;
import dev.penstock.spi.content.ConnectionPool;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/** {@code /v1/p2p/repositories} and {@code /v1/p2p/clusters}. On the module's context. */
final class RepositoryRoutes {
  private static final String SERVED = "served";
  private static final String AWAY = "away";

  private final Repositories repositories;

  RepositoryRoutes(Repositories repositories) {
    this.repositories = repositories;
  }

  List<Route> routes() {
    return List.of(
        new Route(Method.GET, "/v1/p2p/repositories", Role.READER, this::repositories),
        new Route(Method.GET, "/v1/p2p/clusters", Role.READER, this::clusters));
  }

  private Future<Reply> repositories(Call call) {
    return list("repositories", false);
  }

  private Future<Reply> clusters(Call call) {
    return list("clusters", true);
  }

  private Future<Reply> list(String name, boolean clusters) {
    return Future.succeededFuture(
        Reply.items(
            name,
            repositories.states().stream()
                .filter(one -> one.nodes().isEmpty() != clusters)
                .map(RepositoryRoutes::json)
                .iterator()));
  }

  private static JsonObject json(RepositoryState state) {
    var json =
        new JsonObject()
            .put("name", state.settings().name())
            .put("kind", state.kind())
            .put("state", state.trouble().isEmpty() ? SERVED : AWAY)
            .put("anonymous", state.settings().anonymous().word())
            .put("requests", state.meters().requests())
            .put("received_bytes", state.meters().receivedBytes())
            .put("sent_bytes", state.meters().sentBytes())
            .put("transfers", state.meters().transfers());
    state.uuid().ifPresent(uuid -> json.put("uuid", uuid));
    state.trouble().ifPresent(trouble -> json.put("trouble", trouble));
    state.pool().ifPresent(pool -> json.put("pool", json(pool)));
    if (!state.nodes().isEmpty())
      json.put("nodes", new JsonArray(state.nodes().stream().map(RepositoryRoutes::json).toList()));
    return json;
  }

  private static JsonObject json(ConnectionPool pool) {
    return new JsonObject()
        .put("size", pool.most())
        .put("keeps", pool.keeps())
        .put("in_use", pool.inUse())
        .put("idle", pool.idle())
        .put("waiting", pool.waiting())
        .put("evicted", pool.evicted());
  }

  private static JsonObject json(NodeState node) {
    return new JsonObject()
        .put("name", node.name())
        .put("state", node.present() ? SERVED : AWAY)
        .put("transfers", node.transfers())
        .put("errors", Math.round(node.errors() * 100) / 100.0);
  }
}
