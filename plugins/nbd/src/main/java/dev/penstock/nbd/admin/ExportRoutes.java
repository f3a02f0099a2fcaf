package dev.penstock.nbd.admin;

import dev.penstock.nbd.config.ExportSettings;
import dev.penstock.nbd.export.Export;
import dev.penstock.nbd.export.ExportRegistry;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.admin.Call;
import dev.penstock.spi.admin.Reply;
import dev.penstock.spi.admin.Role;
import dev.penstock.spi.admin.Route;
import dev.penstock.spi.admin.Route.Method;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.List;

/** {@code /v1/exports}. On the module's context. */
public final class ExportRoutes {
  /** Who makes and removes exports so that they stay made and removed. */
  public interface Keeper {
    /** Adds an export durably; fails, and adds nothing, if its volume cannot be opened. */
    Future<Void> add(ExportSettings settings);

    /** Replaces an export that was made through the API. */
    Future<Void> replace(ExportSettings settings);

    /** Removes an export that was made through the API. */
    Future<Void> remove(String name);
  }

  private final ExportRegistry registry;
  private final Keeper keeper;

  public ExportRoutes(ExportRegistry registry, Keeper keeper) {
    this.registry = registry;
    this.keeper = keeper;
  }

  public List<Route> routes() {
    return List.of(
        new Route(Method.GET, "/v1/exports", Role.READER, this::list),
        new Route(Method.GET, "/v1/exports/{export}", Role.READER, this::show),
        new Route(Method.PUT, "/v1/exports/{export}", Role.OPERATOR, this::put),
        new Route(Method.DELETE, "/v1/exports/{export}", Role.OPERATOR, this::delete));
  }

  private Future<Reply> list(Call call) {
    return Future.succeededFuture(
        Reply.items("exports", registry.all().stream().map(this::json).iterator()));
  }

  private Future<Reply> show(Call call) {
    Export export = require(call);
    return Future.succeededFuture(Reply.ok(json(export)).withEtag(etag(export.settings())));
  }

  private Future<Reply> put(Call call) {
    String name = call.path("export");
    ExportSettings wanted = ExportSettings.fromJson(name, call.body());
    var found = registry.named(name);
    if (found.isEmpty()) {
      return keeper
          .add(wanted)
          .map(_ -> Reply.created(call.path(), json(require(call))).withEtag(etag(wanted)));
    }
    Export export = found.get();
    call.requireMatch(etag(export.settings()));
    refuseConfigured(export, "changed");
    return keeper.replace(wanted).map(_ -> Reply.ok(json(require(call))).withEtag(etag(wanted)));
  }

  private Future<Reply> delete(Call call) {
    Export export = require(call);
    call.requireMatch(etag(export.settings()));
    refuseConfigured(export, "removed");
    return keeper.remove(export.settings().name()).map(_ -> Reply.done());
  }

  private Export require(Call call) {
    String name = call.path("export");
    return registry
        .named(name)
        .orElseThrow(() -> new GatewayError.NotFound("there is no export " + name));
  }

  private static void refuseConfigured(Export export, String what) {
    ExportSettings settings = export.settings();
    settings
        .configuredAt()
        .ifPresent(at -> {
          throw new GatewayError.Conflict(
              "export %s is in the configuration, at %s, and can only be %s there"
                  .formatted(settings.name(), at, what));
        });
  }

  private JsonObject json(Export export) {
    ExportSettings settings = export.settings();
    JsonObject json =
        settings
            .toJson()
            .put("default", registry.isDefault(settings.name()))
            .put("connections", export.clients());
    settings.configuredAt().ifPresent(at -> json.put("configured_at", at.toString()));
    JsonObject shown = withState(json, export);
    return export.isDrained()
        ? shown.put("state", export.clients() > 0 ? "draining" : "drained")
        : shown;
  }

  private static JsonObject withState(JsonObject json, Export export) {
    return switch (export.state()) {
      case Export.State.Open(var gate) ->
          json.put("state", "open").put("size_bytes", gate.volume().volume().sizeBytes());
      case Export.State.Waiting(String reason) ->
          json.put("state", "waiting").put("reason", reason);
      case Export.State.Removed _ -> json.put("state", "removed");
    };
  }

  private static String etag(ExportSettings settings) {
    return Integer.toHexString(settings.toJson().encode().hashCode());
  }
}
