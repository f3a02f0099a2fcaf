package dev.penstock.gateway.metrics;

import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.vertx.core.Vertx;
import io.vertx.core.VertxBuilder;
import io.vertx.core.VertxOptions;
import io.vertx.micrometer.MicrometerMetricsFactory;
import io.vertx.micrometer.MicrometerMetricsOptions;

/**
 * Every number that {@code /metrics} shows.
 *
 * <p><b>Lifecycle.</b> Made before Vert.x, which counts into it; closed after. <b>Threads.</b> Any.
 */
public final class MetricsRegistry implements AutoCloseable {
  /** What {@link #scrape} returns: Prometheus' text format. */
  public static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT, new PrometheusRegistry(), Clock.SYSTEM);
  private final JvmGcMetrics collections = new JvmGcMetrics();

  public MetricsRegistry() {
    new ClassLoaderMetrics().bindTo(registry);
    new JvmMemoryMetrics().bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    new FileDescriptorMetrics().bindTo(registry);
    new UptimeMetrics().bindTo(registry);
    collections.bindTo(registry);
  }

  /** Begins a Vert.x that counts into this registry; the caller may still choose a transport. */
  public VertxBuilder observed(VertxOptions options) {
    VertxOptions counting =
        new VertxOptions(options)
            .setMetricsOptions(
                // Vert.x labels none of them by client or path: their number stays small.
                new MicrometerMetricsOptions().setEnabled(true).setJvmMetricsEnabled(false));
    return Vertx.builder().with(counting).withMetrics(new MicrometerMetricsFactory(registry));
  }

  /** The host's own; without a label that names an owner. */
  public OwnedMetrics forHost() {
    return new OwnedMetrics(registry);
  }

  /** A module's; its name becomes the label {@code module}. Closed when the module has stopped. */
  public OwnedMetrics forModule(String module) {
    return new OwnedMetrics(registry, "module", module);
  }

  /** A store's; its name becomes the label {@code store}. Closed when the store is closed. */
  public OwnedMetrics forStore(String store) {
    return new OwnedMetrics(registry, "store", store);
  }

  /** For parts of the host that need more of the library than {@link OwnedMetrics} shows. */
  public MeterRegistry meters() {
    return registry;
  }

  /** Everything, as {@link #CONTENT_TYPE}. Asks gauges, and so takes as long as they do. */
  public String scrape() {
    return registry.scrape(CONTENT_TYPE);
  }

  @Override
  public void close() {
    collections.close();
    registry.close();
  }
}
