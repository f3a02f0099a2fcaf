package dev.penstock.replication.admin;

import dev.penstock.replication.config.JobSettings;
import dev.penstock.replication.config.Role;
import dev.penstock.replication.job.Job;
import dev.penstock.replication.job.Jobs;
import dev.penstock.replication.plan.Plan;
import dev.penstock.replication.trigger.Trigger;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.admin.Call;
import dev.penstock.spi.admin.Reply;
import dev.penstock.spi.admin.Route;
import dev.penstock.spi.admin.Route.Method;
import dev.penstock.spi.module.ModuleContext;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.List;

/** {@code /v1/jobs}. On the module's context. */
public final class JobRoutes {
  private final ModuleContext context;
  private final Jobs jobs;

  public JobRoutes(ModuleContext context, Jobs jobs) {
    this.context = context;
    this.jobs = jobs;
  }

  public List<Route> routes() {
    var look = dev.penstock.spi.admin.Role.READER;
    var act = dev.penstock.spi.admin.Role.OPERATOR;
    return List.of(
        new Route(Method.GET, "/v1/jobs", look, _ -> list()),
        new Route(Method.GET, "/v1/jobs/{job}", look, this::show),
        new Route(Method.GET, "/v1/jobs/{job}/plan", look, this::plan),
        new Route(Method.GET, "/v1/jobs/{job}/runs", look, this::runs),
        new Route(Method.POST, "/v1/jobs/{job}/runs", act, this::run),
        new Route(Method.POST, "/v1/jobs/{job}/cancel", act, this::cancel),
        new Route(Method.POST, "/v1/jobs/{job}/pause", act, this::pause),
        new Route(Method.POST, "/v1/jobs/{job}/resume", act, this::resume));
  }

  private Future<Reply> list() {
    return Future.succeededFuture(
        Reply.items("jobs", jobs.all().stream().map(this::json).iterator()));
  }

  private Future<Reply> show(Call call) {
    Job job = require(call);
    JsonObject json = json(job);
    job.reports().stream().findFirst().ifPresent(report -> json.put("last_run", report));
    return Future.succeededFuture(Reply.ok(json));
  }

  private Job require(Call call) {
    return jobs.require(call.path("job"));
  }

  /** The peer is asked: that may take as long as the job's planning may. */
  private Future<Reply> plan(Call call) {
    Job job = require(call);
    return context
        .tasks()
        .brief(
            "plan of job " + job.settings().name(), job.settings().limits().planning(), job::plan)
        .map(plans ->
            Reply.items(
                "volumes",
                plans.entrySet().stream()
                    .map(one -> json(one.getValue()).put("volume", one.getKey()))
                    .iterator()));
  }

  private static JsonObject json(Job.PlanOrError plan) {
    return switch (plan) {
      case Job.PlanOrError.Unplanned(GatewayError why) -> new JsonObject().put("error", why.what());
      case Job.PlanOrError.Planned(Plan made, boolean takesSnapshot) ->
          takesSnapshot ? PlanJson.afterSnapshot(made) : PlanJson.write(made);
    };
  }

  private Future<Reply> runs(Call call) {
    return Future.succeededFuture(Reply.items("runs", require(call).reports().iterator()));
  }

  private Future<Reply> run(Call call) {
    return require(call).start("operator " + call.caller()).map(Reply::accepted);
  }

  private Future<Reply> cancel(Call call) {
    require(call).cancel();
    return Future.succeededFuture(Reply.done());
  }

  private Future<Reply> pause(Call call) {
    return require(call).pause().map(_ -> Reply.done());
  }

  private Future<Reply> resume(Call call) {
    return require(call).resume().map(_ -> Reply.done());
  }

  private JsonObject json(Job job) {
    JobSettings settings = job.settings();
    var json =
        new JsonObject()
            .put("name", settings.name())
            .put("kind", kind(settings.role()))
            .put("trigger", trigger(settings.trigger()))
            .put("state", job.isRunning() ? "running" : job.isPaused() ? "paused" : "idle")
            .put("paused", job.isPaused())
            .put("skipped", jobs.skipped(job))
            .put("bandwidth", job.bandwidth().bytesPerSecond());
    settings.role().peerName().ifPresent(peer -> json.put("peer", peer));
    job.task().ifPresent(task -> json.put("task", task.toString()));
    jobs.due(job).ifPresent(due -> json.put("due", due.toString()));
    job.history().runs().stream()
        .findFirst()
        .ifPresent(last ->
            json.put("last_outcome", last.getString("outcome"))
                .put("last_finished_at", last.getString("finished_at")));
    return json;
  }

  private static String kind(Role role) {
    return switch (role) {
      case Role.Push _ -> "push";
      case Role.Pull _ -> "pull";
      case Role.Local _ -> "local";
      case Role.SnapshotsOnly _ -> "snapshots";
    };
  }

  private static String trigger(Trigger trigger) {
    return switch (trigger) {
      case Trigger.Every(var interval) ->
          "every " + interval.toString().substring(2).toLowerCase(java.util.Locale.ROOT);
      case Trigger.At(var cron) -> "cron " + cron;
      case Trigger.OnSnapshot() -> "on snapshot";
      case Trigger.Manual() -> "manual";
    };
  }
}
