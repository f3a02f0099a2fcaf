package dev.penstock.gateway.admin;

import dev.penstock.gateway.plugin.PluginStatus;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.admin.Call;
import dev.penstock.spi.admin.Reply;
import dev.penstock.spi.admin.Role;
import dev.penstock.spi.admin.Route;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** {@code /v1/plugins}: which code runs is for admins to decide. */
final class PluginRoutes implements CoreRoutes {
  private static final String ONE = "/v1/plugins/{plugin}";
  private static final String SHA256 = "[0-9a-fA-F]{64}";

  private final Subjects.Plugins plugins;
  private final boolean install;

  /**
   * @param install whether archives are taken at all: {@code admin.plugin_install}
   */
  PluginRoutes(Subjects.Plugins plugins, boolean install) {
    this.plugins = plugins;
    this.install = install;
  }

  @Override
  public List<Operation> operations(Context context) {
    return new Rows(context)
        .get("/v1/plugins", Role.READER, _ -> list())
        .get(ONE, Role.READER, this::show)
        .special(Route.Method.PUT, ONE, Role.ADMIN, new Operation.Action.Receive(new Archive()))
        .delete(ONE, Role.ADMIN, call -> plugins.remove(id(call)).map(_ -> Reply.done()))
        .post(ONE + "/load", Role.ADMIN, call -> done(plugins.load(id(call))))
        .post(ONE + "/unload", Role.ADMIN, call -> done(plugins.unload(id(call))))
        .post(ONE + "/reload", Role.ADMIN, call -> done(plugins.reload(id(call))))
        .all();
  }

  private Future<Reply> list() {
    return Future.succeededFuture(
        Reply.items("plugins", plugins.all().stream().map(PluginRoutes::json).iterator()));
  }

  private Future<Reply> show(Call call) {
    return find(id(call))
        .map(plugin -> Future.succeededFuture(Reply.ok(json(plugin))))
        .orElseThrow(() ->
            new GatewayError.NotFound(
                Known.no("plugin", id(call), plugins.all(), PluginStatus::id)));
  }

  private Optional<PluginStatus> find(String id) {
    return plugins.all().stream().filter(plugin -> plugin.id().equals(id)).findFirst();
  }

  private static Future<Reply> done(Future<PluginStatus> status) {
    return status.map(plugin -> Reply.ok(json(plugin)));
  }

  private static String id(Call call) {
    return call.path("plugin");
  }

  /** An archive that comes over the network. */
  private final class Archive implements Receiver {
    @Override
    public String contentType() {
      return "application/zip";
    }

    @Override
    public void check(Call call) {
      if (!install)
        throw new GatewayError.Denied(
            "this gateway takes no plugins through the API: set admin.plugin_install to true, or"
                + " put the archive into its plugins folder");
      sha256(call);
    }

    @Override
    public Future<Reply> received(Call call, Path file) {
      boolean known = find(id(call)).isPresent();
      return plugins
          .install(file, sha256(call))
          .map(plugin -> {
            if (!plugin.id().equals(id(call)))
              throw new GatewayError.Conflict(
                  "the archive is of the plugin %s, not %s; it is installed under its own name"
                      .formatted(plugin.id(), Plain.text(id(call))));
            return known ? Reply.ok(json(plugin)) : Reply.created(call.path(), json(plugin));
          });
    }

    private static String sha256(Call call) {
      return call.query("sha256")
          .filter(sum -> sum.matches(SHA256))
          .map(sum -> sum.toLowerCase(Locale.ROOT))
          .orElseThrow(() ->
              new GatewayError.Invalid(
                  "say which archive you mean: ?sha256= with its 64 hexadecimal digits"));
    }
  }

  private static JsonObject json(PluginStatus plugin) {
    var extensions = new JsonArray();
    var kinds = new JsonArray();
    for (PluginStatus.Extension extension : plugin.extensions()) {
      String role = extension.role().name().toLowerCase(Locale.ROOT);
      kinds.add(role + " " + extension.kind());
      extensions.add(
          new JsonObject()
              .put("role", role)
              .put("kind", extension.kind())
              .put("summary", extension.summary()));
    }
    var json =
        new JsonObject()
            .put("id", plugin.id())
            .put("version", plugin.version())
            .put("state", plugin.state().name().toLowerCase(Locale.ROOT))
            .put("archive", plugin.archive())
            .put("sha256", plugin.sha256())
            .put("provider", plugin.provider())
            .put("description", plugin.description())
            .put("kinds", kinds)
            .put("extensions", extensions);
    plugin.reason().ifPresent(reason -> json.put("reason", reason));
    return json;
  }
}
