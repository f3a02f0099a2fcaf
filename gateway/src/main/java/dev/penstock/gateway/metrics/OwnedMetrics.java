package dev.penstock.gateway.metrics;

import dev.penstock.spi.metrics.Metrics;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleSupplier;

/**
 * The metrics of one owner.
 *
 * <p><b>Lifecycle.</b> {@link #close} removes every one that was made through it: what a plugin
 * leaves behind must not hold its classes. What is asked for later counts and is not shown.
 * <b>Threads.</b> Any.
 */
public final class OwnedMetrics implements Metrics, AutoCloseable {
  /** From a page-cache hit to a disk that hangs. A bucket more is a line more for each timer. */
  private static final Duration[] BUCKETS = {
    Duration.ofNanos(50_000),
    Duration.ofNanos(250_000),
    Duration.ofMillis(1),
    Duration.ofMillis(5),
    Duration.ofMillis(25),
    Duration.ofMillis(100),
    Duration.ofMillis(500),
    Duration.ofSeconds(2),
    Duration.ofSeconds(10),
    Duration.ofSeconds(60)
  };

  private static final String PREFIX = "penstock.";

  private final MeterRegistry registry;
  private final Tags owner;
  private final Set<Meter.Id> made = ConcurrentHashMap.newKeySet();
  private boolean closed;

  OwnedMetrics(MeterRegistry registry, String... owner) {
    this.registry = registry;
    this.owner = Tags.of(owner);
  }

  @Override
  public synchronized Counter counter(String name, String help, String... labels) {
    if (closed) return _ -> {};
    var counter =
        io.micrometer.core.instrument.Counter.builder(PREFIX + name)
            .description(help)
            .tags(owner.and(labels))
            .register(registry);
    made.add(counter.getId());
    return counter::increment;
  }

  @Override
  public synchronized Timer timer(String name, String help, String... labels) {
    if (closed) return _ -> {};
    var timer =
        io.micrometer.core.instrument.Timer.builder(PREFIX + name)
            .description(help)
            .tags(owner.and(labels))
            .serviceLevelObjectives(BUCKETS)
            .register(registry);
    made.add(timer.getId());
    return nanos -> timer.record(nanos, TimeUnit.NANOSECONDS);
  }

  @Override
  public synchronized void gauge(String name, String help, DoubleSupplier value, String... labels) {
    if (closed) return;
    Gauge gauge =
        Gauge.builder(PREFIX + name, value::getAsDouble)
            .description(help)
            .tags(owner.and(labels))
            .register(registry);
    made.add(gauge.getId());
  }

  @Override
  public synchronized void close() {
    closed = true;
    made.forEach(registry::remove);
    made.clear();
  }
}
