package dev.penstock.gateway.admin;

import dev.penstock.gateway.volume.Snapshots;
import dev.penstock.gateway.volume.Snapshots.Shown;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.admin.Call;
import dev.penstock.spi.admin.Reply;
import dev.penstock.spi.admin.Role;
import dev.penstock.spi.config.Quantities;
import dev.penstock.spi.snapshot.Meant;
import dev.penstock.spi.volume.SnapshotName;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** {@code /v1/volumes/{volume}/snapshots}. The ETag of a snapshot is its guid. */
final class SnapshotsOfVolumeRoutes implements CoreRoutes {
  private static final String ALL = "/v1/volumes/{volume}/snapshots";
  private static final String ONE = ALL + "/{snapshot}";
  private static final String HOLD = ONE + "/holds/{tag}";
  private static final int EXTENTS = 1000;

  private final Snapshots snapshots;

  SnapshotsOfVolumeRoutes(Snapshots snapshots) {
    this.snapshots = snapshots;
  }

  @Override
  public List<Operation> operations(Context context) {
    return new Rows(context)
        .get(ALL, Role.READER, this::list)
        .get("/v1/volumes/{volume}/space", Role.READER, this::space)
        .get(ONE, Role.READER, this::show)
        .put(ONE, Role.OPERATOR, this::create)
        .delete(ONE, Role.OPERATOR, this::destroy)
        .get(ONE + "/diff", Role.READER, this::diff)
        .put(HOLD, Role.OPERATOR, this::hold)
        .delete(HOLD, Role.OPERATOR, this::release)
        .all();
  }

  private Future<Reply> list(Call call) {
    return snapshots
        .list(call.path("volume"))
        .map(all -> Reply.items("snapshots", all.stream().map(SnapshotJson::shown).iterator()));
  }

  private Future<Reply> space(Call call) {
    return snapshots
        .space(call.path("volume"))
        .map(all -> Reply.items("snapshots", all.stream().map(SnapshotJson::space).iterator()));
  }

  private Future<Reply> show(Call call) {
    return snapshots.find(name(call)).map(SnapshotsOfVolumeRoutes::shown);
  }

  private Future<Reply> create(Call call) {
    Duration limit =
        Fields.of(call.body(), "limit")
            .duration("limit", VolumeRoutes.FREEZE_LIMIT, VolumeRoutes.FREEZE_LIMIT_MAX);
    return snapshots
        .create(List.of(name(call)), limit)
        .map(taken -> {
          Shown made = taken.snapshots().getFirst();
          JsonObject json =
              SnapshotJson.shown(made)
                  .put("held_seconds", taken.held().toNanos() / 1e9)
                  .put("warnings", new JsonArray(taken.warnings()));
          return Reply.created(call.path(), json).withEtag(made.info().guid().toString());
        });
  }

  private Future<Reply> destroy(Call call) {
    return unchanged(call)
        .compose(meant -> snapshots.destroy(List.of(meant)))
        .map(results -> {
          results
              .getFirst()
              .why()
              .ifPresent(why -> {
                throw why;
              });
          return Reply.done();
        });
  }

  private Future<Reply> hold(Call call) {
    return unchanged(call)
        .compose(meant -> snapshots.hold(meant, call.path("tag")))
        .map(_ -> Reply.done());
  }

  private Future<Reply> release(Call call) {
    return unchanged(call)
        .compose(meant -> snapshots.release(meant, call.path("tag")))
        .map(_ -> Reply.done());
  }

  /** The ETag is of both: a part of one difference must not be taken for a part of another. */
  private Future<Reply> diff(Call call) {
    SnapshotName to = name(call);
    Optional<Meant> from =
        call.query("from")
            .map(name -> new Meant(new SnapshotName(to.volume(), name), Optional.empty()));
    long offset = call.query("offset").map(text -> number("offset", text)).orElse(0L);
    int extents =
        (int)
            (long)
                call.query("extents")
                    .map(text -> Math.min(number("extents", text), Snapshots.EXTENTS_MAX))
                    .orElse((long) EXTENTS);
    return snapshots
        .diff(from, new Meant(to, Optional.empty()), offset, extents)
        .map(page -> {
          String etag =
              page.from().map(guid -> guid + "-" + page.to()).orElse(page.to().toString());
          call.requireMatch(etag);
          return Reply.ok(SnapshotJson.page(page)).withEtag(etag);
        });
  }

  private static long number(String name, String text) {
    return Quantities.bytes(text)
        .orElseThrow(() ->
            new GatewayError.Invalid(
                "%s is \"%s\"; it takes a whole number".formatted(name, Plain.text(text))));
  }

  /** The snapshot, if it is still the one that the caller saw. */
  private Future<Meant> unchanged(Call call) {
    return snapshots
        .find(name(call))
        .map(there -> {
          call.requireMatch(there.info().guid().toString());
          return new Meant(there.name(), Optional.of(there.info().guid()));
        });
  }

  private static Reply shown(Shown one) {
    return Reply.ok(SnapshotJson.shown(one)).withEtag(one.info().guid().toString());
  }

  private static SnapshotName name(Call call) {
    return new SnapshotName(call.path("volume"), call.path("snapshot"));
  }
}
