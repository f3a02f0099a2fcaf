package dev.penstock.gateway.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpMethod;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MetricsRegistryTest {
  private final MetricsRegistry registry = new MetricsRegistry();

  @AfterEach
  void close() {
    registry.close();
  }

  /** Versions of Vert.x's core and metrics that do not match lose these without a word. */
  @Test
  void countsTheRequestsOfVertxHttpServers() throws Exception {
    Vertx vertx = registry.observed(new VertxOptions()).build();
    try {
      var server =
          await(
              vertx
                  .createHttpServer()
                  .requestHandler(request -> request.response().end("served"))
                  .listen(0, "127.0.0.1"));
      await(
          vertx
              .createHttpClient()
              .request(HttpMethod.GET, server.actualPort(), "127.0.0.1", "/")
              .compose(request -> request.send())
              .compose(response -> response.body()));

      assertThat(registry.scrape()).contains("vertx_http_server_").contains("vertx_http_client_");
    } finally {
      await(vertx.close());
    }
  }

  @Test
  void namesFollowPrometheus() {
    OwnedMetrics metrics = registry.forModule("nbd");
    metrics.counter("nbd_requests", "Requests", "command", "read").add(3);
    metrics.timer("nbd_request", "Time of a request").record(TimeUnit.MILLISECONDS.toNanos(2));
    metrics.gauge("nbd_connections", "Connections", () -> 7);

    assertThat(registry.scrape())
        .contains("penstock_nbd_requests_total{command=\"read\",module=\"nbd\"} 3.0")
        .contains("penstock_nbd_request_seconds_bucket{module=\"nbd\",le=\"0.005\"} 1")
        .contains("penstock_nbd_connections{module=\"nbd\"} 7.0");
  }

  @Test
  void showsTheProcess() {
    assertThat(registry.scrape()).contains("jvm_memory_used_bytes").contains("process_uptime");
  }

  @Test
  void ownersWithTheSameNamesAreCountedApartAndRemovedApart() {
    OwnedMetrics one = registry.forModule("one");
    OwnedMetrics other = registry.forModule("other");
    one.counter("nbd_requests", "Requests").add(1);
    other.counter("nbd_requests", "Requests").add(2);

    one.close();

    assertThat(registry.scrape())
        .doesNotContain("module=\"one\"")
        .contains("penstock_nbd_requests_total{module=\"other\"} 2.0");
  }

  @Test
  void whatIsAskedForAfterTheOwnerStoppedIsNotShown() {
    OwnedMetrics metrics = registry.forStore("disk");
    metrics.close();
    metrics.counter("late", "Late").add(1);
    metrics.gauge("late_gauge", "Late", () -> 1);

    assertThat(registry.scrape()).doesNotContain("penstock_late");
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }
}
