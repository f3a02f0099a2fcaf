package dev.penstock.gateway.admin;

import dev.penstock.gateway.module.ModuleStatus;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.admin.Call;
import dev.penstock.spi.admin.Reply;
import dev.penstock.spi.admin.Role;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Locale;

/** {@code /v1/modules}. */
final class ModuleControlRoutes implements CoreRoutes {
  private static final String ONE = "/v1/modules/{module}";

  private final Subjects.Modules modules;

  ModuleControlRoutes(Subjects.Modules modules) {
    this.modules = modules;
  }

  @Override
  public List<Operation> operations(Context context) {
    return new Rows(context)
        .get("/v1/modules", Role.READER, _ -> list())
        .get(ONE, Role.READER, this::show)
        .post(ONE + "/start", Role.OPERATOR, call -> done(modules.start(name(call))))
        .post(ONE + "/stop", Role.OPERATOR, call -> done(modules.stop(name(call))))
        .post(ONE + "/restart", Role.OPERATOR, call -> done(modules.restart(name(call))))
        .all();
  }

  private Future<Reply> list() {
    return Future.succeededFuture(
        Reply.items("modules", modules.all().stream().map(ModuleControlRoutes::json).iterator()));
  }

  private Future<Reply> show(Call call) {
    return modules.all().stream()
        .filter(module -> module.name().equals(name(call)))
        .findFirst()
        .map(module -> Future.succeededFuture(Reply.ok(json(module))))
        .orElseThrow(() ->
            new GatewayError.NotFound(
                Known.no("module", name(call), modules.all(), ModuleStatus::name)));
  }

  private static Future<Reply> done(Future<ModuleStatus> status) {
    return status.map(module -> Reply.ok(json(module)));
  }

  private static String name(Call call) {
    return call.path("module");
  }

  private static JsonObject json(ModuleStatus module) {
    var json =
        new JsonObject()
            .put("name", module.name())
            .put("kind", module.kind())
            .put("state", module.state().name().toLowerCase(Locale.ROOT))
            .put("since", module.since().toString());
    module.plugin().ifPresent(plugin -> json.put("plugin", plugin));
    module.reason().ifPresent(reason -> json.put("reason", reason));
    module.retryAt().ifPresent(at -> json.put("retry_at", at.toString()));
    module.blocked().ifPresent(time -> json.put("blocked_seconds", time.toNanos() / 1e9));
    return json;
  }
}
