package dev.penstock.replication.admin;

import dev.penstock.replication.config.Limits;
import dev.penstock.replication.flow.Bandwidth;
import dev.penstock.replication.job.Jobs;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.admin.Call;
import dev.penstock.spi.admin.Reply;
import dev.penstock.spi.admin.Role;
import dev.penstock.spi.admin.Route;
import dev.penstock.spi.admin.Route.Method;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Set;

/**
 * Bandwidth, of all jobs and of one: what is changed here is in force at once, and until the module
 * starts again.
 */
public final class BandwidthRoutes {
  private static final String KEY = "bytes_per_second";

  private final Jobs jobs;

  public BandwidthRoutes(Jobs jobs) {
    this.jobs = jobs;
  }

  public List<Route> routes() {
    return List.of(
        new Route(
            Method.GET, "/v1/replication/bandwidth", Role.READER, _ -> shown(jobs.bandwidth())),
        new Route(
            Method.PUT,
            "/v1/replication/bandwidth",
            Role.OPERATOR,
            call -> changed(jobs.bandwidth(), call)),
        new Route(
            Method.PUT,
            "/v1/jobs/{job}/bandwidth",
            Role.OPERATOR,
            call -> changed(jobs.require(call.path("job")).bandwidth(), call)));
  }

  private static Future<Reply> shown(Bandwidth bandwidth) {
    return Future.succeededFuture(Reply.ok(new JsonObject().put(KEY, bandwidth.bytesPerSecond())));
  }

  private static Future<Reply> changed(Bandwidth bandwidth, Call call) {
    JsonObject body = call.body();
    if (!body.fieldNames().equals(Set.of(KEY)) || !(body.getValue(KEY) instanceof Number number))
      throw new GatewayError.Invalid("the body has %s, a number, and nothing else".formatted(KEY));
    long bytes = number.longValue();
    if (bytes != 0 && (bytes < Limits.BANDWIDTH_MIN || bytes > Limits.BANDWIDTH_MAX))
      throw new GatewayError.Invalid(
          "%s is %d; it takes 0 for no limit, or %d to %d"
              .formatted(KEY, bytes, Limits.BANDWIDTH_MIN, Limits.BANDWIDTH_MAX));
    bandwidth.change(bytes);
    return shown(bandwidth);
  }
}
