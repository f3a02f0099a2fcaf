package dev.penstock.gateway.admin;

import dev.penstock.spi.SpiVersion;
import dev.penstock.spi.admin.Call;
import dev.penstock.spi.admin.Reply;
import dev.penstock.spi.admin.Role;
import dev.penstock.spi.module.ListenAddress;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Supplier;

/** {@code /v1/gateway}, health, metrics, events and the contracts. */
final class SelfRoutes implements CoreRoutes {
  private static final String METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";
  private static final int UNAVAILABLE = 503;

  private final Subjects.Self self;
  private final Supplier<String> metrics;
  private final Supplier<List<ListenAddress>> listeners;
  private final Contracts contracts;
  private final InstantSource clock;

  SelfRoutes(
      Subjects subjects,
      Supplier<List<ListenAddress>> listeners,
      Contracts contracts,
      InstantSource clock) {
    this.self = subjects.self();
    this.metrics = subjects.metrics();
    this.listeners = listeners;
    this.contracts = contracts;
    this.clock = clock;
  }

  @Override
  public List<Operation> operations(Context context) {
    return new Rows(context)
        .get("/v1/gateway", Role.READER, this::gateway)
        .get("/v1/openapi", Role.READER, _ -> contracts())
        .show("/v1/openapi/{document}", this::contract)
        .subscribe("/v1/events", Role.READER)
        .open(
            "/health/live",
            _ -> Future.succeededFuture(Reply.ok(new JsonObject().put("live", true))))
        .open("/health/ready", _ -> ready())
        .show("/metrics", _ -> metrics())
        .all();
  }

  private Future<Reply> gateway(Call call) {
    List<Subjects.Check> checks = self.checks();
    var addresses = new JsonArray();
    listeners.get().forEach(address -> addresses.add(address.toString()));
    return Future.succeededFuture(
        Reply.ok(
            new JsonObject()
                .put("name", self.name())
                .put("guid", self.guid().toString())
                .put("version", self.version())
                .put("spi_version", SpiVersion.CURRENT)
                .put("pid", ProcessHandle.current().pid())
                .put("started_at", self.startedAt().toString())
                .put(
                    "uptime_seconds",
                    Duration.between(self.startedAt(), clock.instant()).toSeconds())
                .put("listeners", addresses)
                .put("ready", ready(checks))
                .put("checks", json(checks, true))));
  }

  /** Whoever asks without a token learns what is unwell, and nothing about why. */
  private Future<Reply> ready() {
    List<Subjects.Check> checks = self.checks();
    boolean ready = ready(checks);
    var body = new JsonObject().put("ready", ready).put("checks", json(checks, false));
    Reply reply = Reply.ok(body);
    return Future.succeededFuture(
        ready ? reply : new Reply(UNAVAILABLE, reply.body(), reply.location(), reply.etag()));
  }

  private static boolean ready(List<Subjects.Check> checks) {
    return checks.stream().allMatch(Subjects.Check::ok);
  }

  private static JsonArray json(List<Subjects.Check> checks, boolean why) {
    var all = new JsonArray();
    for (Subjects.Check check : checks) {
      var one = new JsonObject().put("name", check.name()).put("ok", check.ok());
      if (why) one.put("detail", check.detail());
      all.add(one);
    }
    return all;
  }

  private Future<Document> metrics() {
    return Future.succeededFuture(new Document(METRICS_TYPE, Buffer.buffer(metrics.get())));
  }

  private Future<Reply> contracts() {
    return Future.succeededFuture(
        Reply.ok(new JsonObject().put("documents", new JsonArray(contracts.owners()))));
  }

  private Future<Document> contract(Call call) {
    return Future.succeededFuture(contracts.document(call.path("document")));
  }
}
