package dev.penstock.nbd.admin;

import dev.penstock.nbd.config.Limits;
import dev.penstock.nbd.config.Overrides;
import dev.penstock.spi.admin.Call;
import dev.penstock.spi.admin.Reply;
import dev.penstock.spi.admin.Role;
import dev.penstock.spi.admin.Route;
import dev.penstock.spi.admin.Route.Method;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.List;

/** {@code /v1/limits}. On the module's context. */
public final class LimitRoutes {
  /** Who changes limits so that they stay changed. */
  public interface Keeper {
    /** The limits in force. */
    Limits limits();

    /** What was changed over the configuration. */
    Overrides overrides();

    /** Changes some limits, until that is taken back or the configuration changes them. */
    Future<Void> change(JsonObject patch);
  }

  private final Keeper keeper;

  public LimitRoutes(Keeper keeper) {
    this.keeper = keeper;
  }

  public List<Route> routes() {
    return List.of(
        new Route(Method.GET, "/v1/limits", Role.READER, _ -> show()),
        new Route(Method.PATCH, "/v1/limits", Role.OPERATOR, this::patch));
  }

  private Future<Reply> show() {
    return Future.succeededFuture(reply());
  }

  private Future<Reply> patch(Call call) {
    call.requireMatch(etag());
    return keeper.change(call.body()).map(_ -> reply());
  }

  private Reply reply() {
    JsonObject json = keeper.limits().toJson();
    if (!keeper.overrides().isEmpty()) json.put("overridden", keeper.overrides().configured());
    return Reply.ok(json).withEtag(etag());
  }

  private String etag() {
    return Integer.toHexString(keeper.limits().toJson().encode().hashCode());
  }
}
