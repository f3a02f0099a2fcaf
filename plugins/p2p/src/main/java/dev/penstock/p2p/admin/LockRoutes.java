package dev.penstock.p2p.admin;

import dev.penstock.p2p.lock.HeldLock;
import dev.penstock.p2p.lock.LockTable;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.admin.Call;
import dev.penstock.spi.admin.Reply;
import dev.penstock.spi.admin.Role;
import dev.penstock.spi.admin.Route;
import dev.penstock.spi.admin.Route.Method;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.List;

/** {@code /v1/p2p/locks}. On the module's context. */
public final class LockRoutes {
  private final LockTable locks;

  public LockRoutes(LockTable locks) {
    this.locks = locks;
  }

  public List<Route> routes() {
    return List.of(
        new Route(Method.GET, "/v1/p2p/locks", Role.READER, this::list),
        new Route(Method.DELETE, "/v1/p2p/locks/{lock}", Role.OPERATOR, this::release));
  }

  private Future<Reply> list(Call call) {
    return Future.succeededFuture(
        Reply.items("locks", locks.all().stream().map(LockRoutes::json).iterator()));
  }

  private static JsonObject json(HeldLock lock) {
    return new JsonObject()
        .put("lock", lock.id())
        .put("repository", lock.repository())
        .put("key", lock.key().toString())
        .put("by", lock.by())
        .put("since", lock.since().toString())
        .put("keepers", lock.keepers());
  }

  /** Whoever keeps it is answered; the repository may retain the content for a while still. */
  private Future<Reply> release(Call call) {
    HeldLock lock =
        locks
            .find(call.path("lock"))
            .orElseThrow(() -> new GatewayError.NotFound("there is no lock " + call.path("lock")));
    locks.release(lock);
    return Future.succeededFuture(Reply.done());
  }
}
