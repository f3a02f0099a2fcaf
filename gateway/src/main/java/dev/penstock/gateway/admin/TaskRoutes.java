package dev.penstock.gateway.admin;

import dev.penstock.gateway.task.TaskStatus;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.admin.Call;
import dev.penstock.spi.admin.Reply;
import dev.penstock.spi.admin.Role;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Locale;
import java.util.UUID;

/** {@code /v1/tasks}. */
final class TaskRoutes implements CoreRoutes {
  private static final String ONE = "/v1/tasks/{task}";
  private static final int ACCEPTED = 202;

  private final Subjects.Tasks tasks;

  TaskRoutes(Subjects.Tasks tasks) {
    this.tasks = tasks;
  }

  @Override
  public List<Operation> operations(Context context) {
    return new Rows(context)
        .get("/v1/tasks", Role.READER, _ -> list())
        .get(ONE, Role.READER, this::show)
        .delete(ONE, Role.OPERATOR, this::cancel)
        .all();
  }

  private Future<Reply> list() {
    return Future.succeededFuture(
        Reply.items("tasks", tasks.all().stream().map(TaskRoutes::json).iterator()));
  }

  private Future<Reply> show(Call call) {
    UUID guid = guid(call);
    return tasks.all().stream()
        .filter(task -> task.guid().equals(guid))
        .findFirst()
        .map(task -> Future.succeededFuture(Reply.ok(json(task))))
        .orElseThrow(() -> none(call));
  }

  /** It is asked to leave; how soon it does is up to its work. */
  private Future<Reply> cancel(Call call) {
    Reply asked = Reply.ok(json(tasks.cancel(guid(call))));
    return Future.succeededFuture(
        new Reply(ACCEPTED, asked.body(), asked.location(), asked.etag()));
  }

  private static UUID guid(Call call) {
    try {
      return UUID.fromString(call.path("task"));
    } catch (IllegalArgumentException e) {
      throw none(call);
    }
  }

  private static GatewayError.NotFound none(Call call) {
    return new GatewayError.NotFound("there is no task " + Plain.text(call.path("task")));
  }

  private static JsonObject json(TaskStatus task) {
    var json =
        new JsonObject()
            .put("guid", task.guid().toString())
            .put("name", task.name())
            .put("owner", task.owner())
            .put("state", task.state().name().toLowerCase(Locale.ROOT))
            .put("units_done", task.unitsDone())
            .put("units_total", task.unitsTotal())
            .put("started_at", task.started().toString())
            .put("outcome", task.outcome());
    task.ended().ifPresent(at -> json.put("ended_at", at.toString()));
    return json;
  }
}
