package dev.penstock.gateway.admin;

import dev.penstock.gateway.lease.Leases;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.admin.Call;
import dev.penstock.spi.admin.Reply;
import dev.penstock.spi.admin.Role;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.UUID;

/** {@code /v1/leases}. */
final class LeaseRoutes implements CoreRoutes {
  private final Subjects.LeaseBook leases;

  LeaseRoutes(Subjects.LeaseBook leases) {
    this.leases = leases;
  }

  @Override
  public List<Operation> operations(Context context) {
    return new Rows(context)
        .get("/v1/leases", Role.READER, _ -> list())
        .delete("/v1/leases/{lease}", Role.OPERATOR, this::release)
        .all();
  }

  private Future<Reply> list() {
    return Future.succeededFuture(
        Reply.items("leases", leases.all().stream().map(LeaseRoutes::json).iterator()));
  }

  private Future<Reply> release(Call call) {
    return leases.release(guid(call)).map(_ -> Reply.done());
  }

  private static UUID guid(Call call) {
    try {
      return UUID.fromString(call.path("lease"));
    } catch (IllegalArgumentException e) {
      throw new GatewayError.NotFound("there is no lease " + Plain.text(call.path("lease")));
    }
  }

  private static JsonObject json(Leases.Status status) {
    var lease = status.lease();
    var json =
        new JsonObject()
            .put("guid", lease.guid().toString())
            .put("subject", lease.subject())
            .put("volume", lease.volume().toString())
            .put("snapshot", lease.snapshot().toString())
            .put("owner", lease.owner())
            .put("kind", SnapshotJson.lower(lease.kind()))
            .put("acquired_at", lease.acquiredAt().toString())
            .put("in_use", status.inUse());
    status.expiresAt().ifPresent(at -> json.put("expires_at", at.toString()));
    return json;
  }
}
