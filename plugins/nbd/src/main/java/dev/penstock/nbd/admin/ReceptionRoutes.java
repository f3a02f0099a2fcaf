package dev.penstock.nbd.admin;

import dev.penstock.nbd.receive.Reception;
import dev.penstock.spi.admin.Call;
import dev.penstock.spi.admin.Reply;
import dev.penstock.spi.admin.Role;
import dev.penstock.spi.admin.Route;
import dev.penstock.spi.admin.Route.Method;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Locale;

/** {@code /v1/receptions}. Any thread. */
public final class ReceptionRoutes {
  private final List<Reception> receptions;

  public ReceptionRoutes(List<Reception> receptions) {
    this.receptions = receptions;
  }

  public List<Route> routes() {
    return List.of(new Route(Method.GET, "/v1/receptions", Role.READER, this::list));
  }

  private Future<Reply> list(Call call) {
    return Future.succeededFuture(
        Reply.items("receptions", receptions.stream().map(ReceptionRoutes::json).iterator()));
  }

  private static JsonObject json(Reception reception) {
    var json =
        new JsonObject()
            .put("volume", reception.settings().volume())
            .put("address", reception.settings().listen().toString())
            .put("from", reception.settings().from().toString())
            .put("state", reception.state().name().toLowerCase(Locale.ROOT))
            .put("size_bytes", reception.sizeBytes())
            .put("missing_bytes", reception.missingBytes());
    reception.source().ifPresent(peer -> json.put("source", peer));
    reception.trouble().ifPresent(why -> json.put("trouble", why));
    return json;
  }
}
