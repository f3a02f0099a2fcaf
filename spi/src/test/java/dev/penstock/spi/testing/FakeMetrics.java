package dev.penstock.spi.testing;

import dev.penstock.spi.metrics.Metrics;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.DoubleSupplier;

/**
 * Metrics that a test can read. A metric is asked for by name and by labels in the order in which
 * they were given. Threads: any.
 */
public final class FakeMetrics implements Metrics {
  private final Map<String, LongAdder> counters = new ConcurrentHashMap<>();
  private final Map<String, LongAdder> timings = new ConcurrentHashMap<>();
  private final Map<String, DoubleSupplier> gauges = new ConcurrentHashMap<>();

  @Override
  public Counter counter(String name, String help, String... labels) {
    return counters.computeIfAbsent(key(name, labels), _ -> new LongAdder())::add;
  }

  @Override
  public Timer timer(String name, String help, String... labels) {
    LongAdder count = timings.computeIfAbsent(key(name, labels), _ -> new LongAdder());
    return _ -> count.increment();
  }

  @Override
  public void gauge(String name, String help, DoubleSupplier value, String... labels) {
    gauges.put(key(name, labels), value);
  }

  /** 0 if nobody made it. */
  public long counted(String name, String... labels) {
    LongAdder counter = counters.get(key(name, labels));
    return counter == null ? 0 : counter.sum();
  }

  /** How many times a timer has recorded; 0 if nobody made it. */
  public long timed(String name, String... labels) {
    LongAdder count = timings.get(key(name, labels));
    return count == null ? 0 : count.sum();
  }

  public double gauged(String name, String... labels) {
    DoubleSupplier gauge = gauges.get(key(name, labels));
    if (gauge == null) throw new AssertionError("no gauge " + key(name, labels) + " in " + gauges);
    return gauge.getAsDouble();
  }

  private static String key(String name, String... labels) {
    if (labels.length % 2 != 0)
      throw new IllegalArgumentException("labels come in pairs: " + String.join(" ", labels));
    return name + "{" + String.join(",", labels) + "}";
  }
}
