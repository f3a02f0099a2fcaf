package dev.penstock.nbd.admin;

import dev.penstock.nbd.config.ExportSettings;
import dev.penstock.nbd.config.Overrides;
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
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/** {@code /v1/exports}. On the module's context. */
public final class ExportRoutes {
  /** Who makes and removes exports so that they stay made and removed. */
  public interface Keeper {
    /**
     * Makes an export, or changes one that was made through the API, durably. If its volume cannot
     * be opened it fails, and all is as it was.
     *
     * @param as what it shall be, given what there is. Asked before its volume is opened, and again
     *     when nothing else can come between: what it throws is what the change fails with
     * @return whether it was made
     */
    Future<Boolean> put(String name, Function<Optional<ExportSettings>, ExportSettings> as);

    /**
     * Changes some settings of an export: of one that is in the configuration those that can be
     * overridden, until that is taken back or the configuration changes them.
     *
     * @param expected looks at what is to be changed, when nothing else can come between; what it
     *     throws is what the change fails with
     */
    Future<Void> change(String name, Consumer<ExportSettings> expected, JsonObject patch);

    /** What was changed over the configuration. */
    Overrides overrides(String name);

    /**
     * Removes an export that was made through the API.
     *
     * @param expected as for {@link #change}
     */
    Future<Void> remove(String name, Consumer<ExportSettings> expected);
  }

  /** What no export has as its ETag. */
  private static final String NO_EXPORT = "none";

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
        new Route(Method.PATCH, "/v1/exports/{export}", Role.OPERATOR, this::patch),
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
    return keeper
        .put(
            name,
            found -> {
              call.requireMatch(found.map(ExportRoutes::etag).orElse(NO_EXPORT));
              return wanted;
            })
        .map(made -> {
          JsonObject json = json(require(call));
          Reply reply = made ? Reply.created(call.path(), json) : Reply.ok(json);
          return reply.withEtag(etag(wanted));
        });
  }

  private Future<Reply> patch(Call call) {
    return keeper
        .change(call.path("export"), expected(call), call.body())
        .map(_ -> {
          Export changed = require(call);
          return Reply.ok(json(changed)).withEtag(etag(changed.settings()));
        });
  }

  private Future<Reply> delete(Call call) {
    return keeper.remove(call.path("export"), expected(call)).map(_ -> Reply.done());
  }

  private static Consumer<ExportSettings> expected(Call call) {
    return settings -> call.requireMatch(etag(settings));
  }

  private Export require(Call call) {
    String name = call.path("export");
    return registry
        .named(name)
        .orElseThrow(() -> new GatewayError.NotFound("there is no export " + name));
  }

  private JsonObject json(Export export) {
    ExportSettings settings = export.settings();
    JsonObject json =
        settings
            .toJson()
            .put("default", registry.isDefault(settings.name()))
            .put("connections", export.clients());
    settings.configuredAt().ifPresent(at -> json.put("configured_at", at.toString()));
    Overrides overrides = keeper.overrides(settings.name());
    if (!overrides.isEmpty()) json.put("overridden", overrides.configured());
    JsonObject shown = withState(json, export);
    return export.isDrained()
        ? shown.put("state", export.clients() > 0 ? "draining" : "drained")
        : shown;
  }

  private static JsonObject withState(JsonObject json, Export export) {
    return switch (export.state()) {
      case Export.State.Open(var served) ->
          json.put("state", "open").put("size_bytes", served.gate().volume().volume().sizeBytes());
      case Export.State.Waiting(String reason) ->
          json.put("state", "waiting").put("reason", reason);
      case Export.State.Removed _ -> json.put("state", "removed");
    };
  }

  private static String etag(ExportSettings settings) {
    return Integer.toHexString(settings.toJson().encode().hashCode());
  }
}
