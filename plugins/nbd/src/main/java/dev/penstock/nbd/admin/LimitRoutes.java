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
import java.util.function.Consumer;

/** {@code /v1/limits}. On the module's context. */
public final class LimitRoutes {
  /** Who changes limits so that they stay changed. */
  public interface Keeper {
    /** The limits in force. */
    Limits limits();

    /** What was changed over the configuration. */
    Overrides overrides();

    /**
     * Changes some limits, until that is taken back or the configuration changes them.
     *
     * @param expected looks at what is to be changed, when nothing else can come between; what it
     *     throws is what the change fails with
     */
    Future<Void> change(Consumer<Limits> expected, JsonObject patch);
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
    return keeper.change(limits -> call.requireMatch(etag(limits)), call.body()).map(_ -> reply());
  }

  private Reply reply() {
    JsonObject json = keeper.limits().toJson();
    if (!keeper.overrides().isEmpty()) json.put("overridden", keeper.overrides().configured());
    return Reply.ok(json).withEtag(etag(keeper.limits()));
  }

  private static String etag(Limits limits) {
    return Integer.toHexString(limits.toJson().encode().hashCode());
  }
}
