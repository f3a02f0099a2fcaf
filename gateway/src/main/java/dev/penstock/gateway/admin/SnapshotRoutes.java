package dev.penstock.gateway.admin;

import dev.penstock.gateway.volume.Snapshots;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.admin.Call;
import dev.penstock.spi.admin.Reply;
import dev.penstock.spi.admin.Role;
import dev.penstock.spi.snapshot.Meant;
import dev.penstock.spi.volume.SnapshotName;
import io.vertx.core.Context;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;

/** {@code /v1/snapshots}: of several volumes at a time. */
final class SnapshotRoutes implements CoreRoutes {
  private static final int CREATED = 201;

  private final Snapshots snapshots;

  SnapshotRoutes(Snapshots snapshots) {
    this.snapshots = snapshots;
  }

  @Override
  public List<Operation> operations(Context context) {
    return new Rows(context)
        .get("/v1/snapshots", Role.READER, _ -> list())
        .post("/v1/snapshots", Role.OPERATOR, this::create)
        .post("/v1/snapshots/destroy", Role.OPERATOR, this::destroy)
        .all();
  }

  private Future<Reply> list() {
    return snapshots
        .listAll()
        .map(all -> Reply.items("snapshots", all.stream().map(SnapshotJson::shown).iterator()));
  }

  /** All of them at one instant, or none. */
  private Future<Reply> create(Call call) {
    Fields fields = Fields.of(call.body(), "snapshots", "limit");
    List<SnapshotName> names =
        fields.requiredItems("snapshots").stream().map(SnapshotRoutes::name).toList();
    Duration limit =
        fields.duration("limit", VolumeRoutes.FREEZE_LIMIT, VolumeRoutes.FREEZE_LIMIT_MAX);
    return snapshots
        .create(names, limit)
        .map(SnapshotJson::taken)
        .map(json -> {
          Reply reply = Reply.ok(json);
          return new Reply(CREATED, reply.body(), reply.location(), reply.etag());
        });
  }

  private static SnapshotName name(Object item) {
    if (item instanceof String text) return SnapshotJson.name(text);
    throw new GatewayError.Invalid("snapshots takes texts such as \"demo@monday\"");
  }

  /** Each on its own: some may be destroyed and others not. */
  private Future<Reply> destroy(Call call) {
    List<Meant> wanted =
        Fields.of(call.body(), "snapshots").requiredItems("snapshots").stream()
            .map(SnapshotJson::meant)
            .toList();
    return snapshots
        .destroy(wanted)
        .map(all -> Reply.items("results", all.stream().map(SnapshotJson::destroyed).iterator()));
  }
}
