package dev.penstock.replication.admin;

import dev.penstock.replication.handoff.Telling;
import dev.penstock.replication.migrate.Migrations;
import dev.penstock.replication.migrate.Records;
import dev.penstock.replication.migrate.Wishes;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.admin.Call;
import dev.penstock.spi.admin.Reply;
import dev.penstock.spi.admin.Role;
import dev.penstock.spi.admin.Route;
import dev.penstock.spi.admin.Route.Method;
import dev.penstock.spi.ownership.Ownership;
import dev.penstock.spi.ownership.OwnershipJson;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** {@code /v1/migrations}. On the module's context. */
public final class MigrationRoutes {
  private static final long FREEZE_MILLIS_MIN = 100;
  private static final long FREEZE_MILLIS_MAX = 60_000;

  private final Migrations migrations;

  public MigrationRoutes(Migrations migrations) {
    this.migrations = migrations;
  }

  public List<Route> routes() {
    return List.of(
        new Route(Method.GET, "/v1/migrations", Role.READER, _ -> list()),
        new Route(Method.GET, "/v1/ownerships", Role.READER, _ -> ownerships()),
        new Route(Method.GET, "/v1/migrations/{volume}", Role.READER, this::show),
        new Route(Method.POST, "/v1/migrations/{volume}", Role.OPERATOR, this::start),
        new Route(Method.POST, "/v1/migrations/{volume}/abort", Role.OPERATOR, this::abort),
        new Route(Method.POST, "/v1/migrations/{volume}/confirm", Role.OPERATOR, this::confirm),
        new Route(Method.PUT, "/v1/migrations/{volume}/bandwidth", Role.OPERATOR, this::limit),
        new Route(Method.POST, "/v1/ownerships/{volume}/force", Role.ADMIN, this::force),
        new Route(Method.POST, "/v1/ownerships/{volume}/resolve", Role.ADMIN, this::resolve),
        new Route(Method.POST, "/v1/ownerships/{volume}/settle", Role.ADMIN, this::settle),
        new Route(Method.POST, "/v1/ownerships/{volume}/cancel", Role.OPERATOR, this::cancel));
  }

  private Future<Reply> list() {
    return Future.succeededFuture(
        Reply.items("migrations", migrations.all().stream().map(MigrationRoutes::json).iterator()));
  }

  private Future<Reply> show(Call call) {
    return Future.succeededFuture(Reply.ok(json(migrations.require(call.path("volume")))));
  }

  private Future<Reply> ownerships() {
    Records known = migrations.records();
    return known
        .all()
        .compose(records ->
            known
                .orphans()
                .map(orphans ->
                    Reply.items(
                        "ownerships",
                        records.entrySet().stream()
                            .map(one ->
                                record(one.getKey(), one.getValue())
                                    .put(
                                        "orphans",
                                        new JsonArray(
                                            orphans.getOrDefault(one.getKey(), List.of()))))
                            .iterator())));
  }

  private static JsonObject record(String volume, Ownership record) {
    JsonObject json =
        OwnershipJson.write(record)
            .put("volume", volume)
            .put("told", Telling.of(record))
            .put("epoch_number", record.owned().orElse(record.recorded()).number());
    record.counterpart().ifPresent(other -> json.put("peer", other.peer()));
    return json;
  }

  private Future<Reply> start(Call call) {
    JsonObject body = call.body();
    String volume = call.path("volume");
    String to = body.getString("to", "");
    if (to.isEmpty())
      throw new GatewayError.Invalid(
          "to is missing: the name of a peer, as in the settings, or the URI of an NBD server");
    Optional<String> bindTo = Optional.ofNullable(body.getString("bind"));
    return migrations.begin(volume, to, bindTo, wishes(body)).map(_ -> Reply.done());
  }

  private static Wishes wishes(JsonObject body) {
    return new Wishes(
        rate(body.getLong("bandwidth", 0L)),
        Duration.ofMillis(
            within(
                "freeze_millis",
                body.getLong("freeze_millis", Wishes.FREEZE.toMillis()),
                FREEZE_MILLIS_MIN,
                FREEZE_MILLIS_MAX)),
        body.getBoolean("confirm", false),
        body.getBoolean("snapshots", false),
        body.getBoolean("unlink", false),
        body.getBoolean("throttle", false));
  }

  private static long rate(long bytesPerSecond) {
    return bytesPerSecond == 0 ? 0 : within("bandwidth", bytesPerSecond, 64 << 10, 1L << 40);
  }

  private static long within(String key, long value, long least, long most) {
    if (value < least || value > most)
      throw new GatewayError.Invalid(
          "%s is %d; it takes %d to %d".formatted(key, value, least, most));
    return value;
  }

  private Future<Reply> abort(Call call) {
    return migrations.abort(call.path("volume")).map(_ -> Reply.done());
  }

  private Future<Reply> confirm(Call call) {
    return migrations.confirm(call.path("volume")).map(_ -> Reply.done());
  }

  private Future<Reply> limit(Call call) {
    return migrations
        .limit(call.path("volume"), rate(call.body().getLong("bytes_per_second", 0L)))
        .map(_ -> Reply.done());
  }

  private Future<Reply> force(Call call) {
    String volume = call.path("volume");
    return migrations.records().force(volume).map(now -> Reply.ok(record(volume, now)));
  }

  private Future<Reply> resolve(Call call) {
    String volume = call.path("volume");
    return migrations.records().resolve(volume).map(now -> Reply.ok(record(volume, now)));
  }

  private Future<Reply> settle(Call call) {
    String volume = call.path("volume");
    return migrations.records().settle(volume).map(now -> Reply.ok(record(volume, now)));
  }

  private Future<Reply> cancel(Call call) {
    String volume = call.path("volume");
    return migrations.records().cancel(volume).map(now -> Reply.ok(record(volume, now)));
  }

  private static JsonObject json(Migrations.Seen seen) {
    var progress = seen.progress();
    var json =
        new JsonObject()
            .put("volume", seen.volume())
            .put("to", seen.to().peer())
            .put("migration", progress.migration().toString())
            .put("phase", progress.phase().name().toLowerCase(Locale.ROOT))
            .put("since", progress.since().toString())
            .put("rounds", progress.rounds())
            .put("bytes_sent", progress.sentBytes())
            .put("bytes_left", progress.leftBytes())
            .put("bytes_per_second", progress.bytesPerSecond())
            .put("bandwidth", seen.limitBytesPerSecond())
            .put("freeze_limit_millis", seen.wishes().freeze().toMillis());
    progress.left().ifPresent(left -> json.put("millis_left", left.toMillis()));
    progress.expectedFreeze().ifPresent(it -> json.put("expected_freeze_millis", it.toMillis()));
    progress.froze().ifPresent(it -> json.put("froze_millis", it.toMillis()));
    progress.paceBytesPerSecond().ifPresent(it -> json.put("writers_bandwidth", it));
    progress.trouble().ifPresent(why -> json.put("trouble", why));
    seen.farewell().ifPresent(said -> json.put("farewell", said.name().toLowerCase(Locale.ROOT)));
    if (seen.ended()) json.put("ended", true);
    seen.failure().ifPresent(why -> json.put("failure", why));
    return json;
  }
}
