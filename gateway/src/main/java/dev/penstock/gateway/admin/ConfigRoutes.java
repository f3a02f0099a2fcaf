package dev.penstock.gateway.admin;

import dev.penstock.spi.admin.Reply;
import dev.penstock.spi.admin.Role;
import dev.penstock.spi.config.Problems;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/** {@code /v1/config}. */
final class ConfigRoutes implements CoreRoutes {
  private final Subjects.Config config;

  ConfigRoutes(Subjects.Config config) {
    this.config = config;
  }

  @Override
  public List<Operation> operations(Context context) {
    return new Rows(context)
        .get("/v1/config", Role.READER, _ -> show())
        .post("/v1/config/check", Role.OPERATOR, _ -> check())
        .post("/v1/config/reload", Role.ADMIN, _ -> reload())
        .all();
  }

  private Future<Reply> show() {
    return Future.succeededFuture(Reply.ok(new JsonObject(config.effective())));
  }

  private Future<Reply> check() {
    return config
        .check()
        .map(checked ->
            Reply.ok(
                new JsonObject()
                    .put("problems", json(checked.problems()))
                    .put("warnings", json(checked.warnings()))));
  }

  private Future<Reply> reload() {
    return config
        .reload()
        .map(reloaded ->
            Reply.ok(
                new JsonObject()
                    .put("applied", new JsonArray(reloaded.applied()))
                    .put("needs_restart", new JsonArray(reloaded.needsRestart()))));
  }

  private static JsonArray json(List<Problems.Problem> problems) {
    var all = new JsonArray();
    problems.forEach(problem -> all.add(json(problem)));
    return all;
  }

  private static JsonObject json(Problems.Problem problem) {
    return new JsonObject()
        .put("file", problem.at().file())
        .put("line", problem.at().line())
        .put("what", problem.what());
  }
}
