package dev.penstock.gateway.admin;

import dev.penstock.gateway.admin.Subjects.Volume;
import dev.penstock.gateway.volume.Snapshots;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.admin.Call;
import dev.penstock.spi.admin.Reply;
import dev.penstock.spi.admin.Role;
import dev.penstock.spi.config.Nearest;
import dev.penstock.spi.snapshot.Meant;
import dev.penstock.spi.volume.SnapshotName;
import dev.penstock.spi.volume.VolumeName;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** {@code /v1/volumes}, and what is left over in the stores that they are in. */
final class VolumeRoutes implements CoreRoutes {
  /** What a client of a block device gets over before it gives its disk up. */
  static final Duration FREEZE_LIMIT = Duration.ofSeconds(10);

  static final Duration FREEZE_LIMIT_MAX = Duration.ofSeconds(50);

  private static final String ONE = "/v1/volumes/{volume}";

  private final Subjects.Volumes volumes;
  private final Snapshots snapshots;

  VolumeRoutes(Subjects.Volumes volumes, Snapshots snapshots) {
    this.volumes = volumes;
    this.snapshots = snapshots;
  }

  @Override
  public List<Operation> operations(Context context) {
    return new Rows(context)
        .get("/v1/volumes", Role.READER, _ -> list())
        .get(ONE, Role.READER, this::show)
        .put(ONE, Role.OPERATOR, this::create)
        .patch(ONE, Role.OPERATOR, this::resize)
        .delete(ONE, Role.OPERATOR, this::remove)
        .post(ONE + "/freeze", Role.OPERATOR, this::freeze)
        .post(ONE + "/thaw", Role.OPERATOR, this::thaw)
        .post(ONE + "/promote", Role.OPERATOR, call -> setReplica(call, false))
        .post(ONE + "/demote", Role.OPERATOR, call -> setReplica(call, true))
        .post(ONE + "/rollback", Role.OPERATOR, this::rollback)
        .post(ONE + "/verify", Role.OPERATOR, this::verify)
        .get(ONE + "/verify", Role.READER, this::verified)
        .post(ONE + "/repair", Role.OPERATOR, this::repair)
        .get(ONE + "/repair", Role.READER, this::repaired)
        .post("/v1/stores/{store}/repair", Role.OPERATOR, this::repairStore)
        .all();
  }

  private Future<Reply> list() {
    return volumes
        .all()
        .map(all -> Reply.items("volumes", all.stream().map(VolumeRoutes::json).iterator()));
  }

  private Future<Reply> show(Call call) {
    return volumes.find(name(call)).map(VolumeRoutes::shown);
  }

  private Future<Reply> create(Call call) {
    String name = VolumeName.require(name(call));
    return (call.body().containsKey("from") ? clone(call, name) : createEmpty(call, name))
        .compose(_ -> volumes.find(name))
        .map(made -> Reply.created(call.path(), json(made)).withEtag(etag(made)));
  }

  private Future<Void> createEmpty(Call call, String name) {
    Fields fields = Fields.of(call.body(), "store", "size_bytes", "from");
    long sizeBytes = fields.requiredBytes("size_bytes");
    return volumes.create(name, store(fields), sizeBytes);
  }

  /** It is as large as the snapshot, and in its store. */
  private Future<Void> clone(Call call, String name) {
    var from = SnapshotJson.name(Fields.of(call.body(), "from").requiredText("from"));
    return snapshots.clone(new Meant(from, Optional.empty()), name).mapEmpty();
  }

  private String store(Fields fields) {
    List<String> stores = volumes.stores();
    String store =
        fields
            .text("store")
            .orElseGet(() -> {
              if (stores.size() == 1) return stores.getFirst();
              throw new GatewayError.Invalid(
                  "say which store: there are " + String.join(", ", stores));
            });
    if (stores.contains(store)) return store;
    String hint =
        Nearest.to(Plain.text(store), stores).map(n -> "; did you mean " + n + "?").orElse("");
    throw new GatewayError.Invalid("there is no store " + Plain.text(store) + hint);
  }

  private Future<Reply> resize(Call call) {
    long sizeBytes = Fields.of(call.body(), "size_bytes").requiredBytes("size_bytes");
    return unchanged(call)
        .compose(_ -> volumes.resize(name(call), sizeBytes))
        .compose(_ -> volumes.find(name(call)))
        .map(VolumeRoutes::shown);
  }

  private Future<Reply> setReplica(Call call, boolean replica) {
    Fields.of(call.body());
    return unchanged(call)
        .compose(_ -> volumes.setReplica(name(call), replica))
        .compose(_ -> volumes.find(name(call)))
        .map(VolumeRoutes::shown);
  }

  private Future<Reply> remove(Call call) {
    return unchanged(call).compose(_ -> volumes.remove(name(call))).map(_ -> Reply.done());
  }

  private Future<Reply> freeze(Call call) {
    Duration limit =
        Fields.of(call.body(), "limit").duration("limit", FREEZE_LIMIT, FREEZE_LIMIT_MAX);
    return volumes
        .freeze(name(call), limit)
        .map(held -> Reply.ok(new JsonObject().put("held_seconds", held.toNanos() / 1e9)));
  }

  private Future<Reply> thaw(Call call) {
    Fields.of(call.body());
    return volumes.thaw(name(call)).map(_ -> Reply.done());
  }

  /** The ETag is the snapshot's: what a caller saw of the volume goes anyway. */
  private Future<Reply> rollback(Call call) {
    String snapshot = Fields.of(call.body(), "snapshot").requiredText("snapshot");
    var name = new SnapshotName(name(call), snapshot);
    return snapshots
        .find(name)
        .compose(there -> {
          UUID guid = there.info().guid();
          call.requireMatch(guid.toString());
          return snapshots.rollback(new Meant(name, Optional.of(guid)));
        })
        .compose(_ -> volumes.find(name(call)))
        .map(VolumeRoutes::shown);
  }

  private Future<Reply> verify(Call call) {
    Fields.of(call.body());
    return snapshots.verify(name(call)).map(Reply::accepted);
  }

  private Future<Reply> verified(Call call) {
    return snapshots.verified(name(call)).map(last -> Reply.ok(SnapshotJson.verified(last)));
  }

  private Future<Reply> repair(Call call) {
    boolean apply = Fields.of(call.body(), "apply").flag("apply");
    return snapshots.repair(name(call), apply).map(Reply::accepted);
  }

  private Future<Reply> repaired(Call call) {
    return snapshots.repaired(name(call)).map(last -> Reply.ok(SnapshotJson.verified(last)));
  }

  private Future<Reply> repairStore(Call call) {
    Fields fields = Fields.of(call.body(), "layer", "apply");
    Optional<String> layer = fields.text("layer");
    boolean apply = fields.flag("apply");
    if (apply && layer.isEmpty())
      throw new GatewayError.Invalid(
          "name the layer that is to be moved aside: nothing is done to the others");
    return volumes
        .leftovers(call.path("store"), layer, apply)
        .map(all -> Reply.ok(new JsonObject().put("findings", SnapshotJson.findings(all))));
  }

  /** The volume, if it is still what the caller saw. */
  private Future<Volume> unchanged(Call call) {
    return volumes
        .find(name(call))
        .map(volume -> {
          call.requireMatch(etag(volume));
          return volume;
        });
  }

  private static Reply shown(Volume volume) {
    return Reply.ok(json(volume)).withEtag(etag(volume));
  }

  /** What an edit is about: the same volume, of the same size. Who uses it is another matter. */
  private static String etag(Volume volume) {
    return volume.info().guid() + "-" + volume.info().sizeBytes();
  }

  private static String name(Call call) {
    return call.path("volume");
  }

  private static JsonObject json(Volume volume) {
    var json =
        new JsonObject()
            .put("name", volume.info().name())
            .put("guid", volume.info().guid().toString())
            .put("store", volume.store())
            .put("size_bytes", volume.info().sizeBytes())
            .put("stored_bytes", volume.info().storedBytes())
            .put("dirty_bytes", volume.dirtyBytes())
            .put("state", volume.state())
            .put("replica", volume.info().replica())
            .put("users", new JsonArray(volume.users()))
            .put("created_at", volume.info().createdAt().toString());
    volume.trouble().ifPresent(trouble -> json.put("trouble", trouble));
    return json;
  }
}
