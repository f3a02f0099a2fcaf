package dev.penstock.spi.metrics;

import java.util.function.DoubleSupplier;

/**
 * A module's or store's own metrics. The host puts {@code penstock_} before each name, {@code
 * _total} after a counter's and {@code _seconds} after a timer's, and removes all of them when
 * their owner stops.
 *
 * <p>Names are {@code snake_case} and begin with the kind of the module: {@code nbd_requests}.
 * Labels come in pairs of key and value; their values are few and known (a command, a result),
 * never a client's choice.
 *
 * <p><b>Threads.</b> Any. Asking twice for the same name and labels gives the same metric.
 *
 * @since SPI 1.0
 */
public interface Metrics {
  Counter counter(String name, String help, String... labels);

  Timer timer(String name, String help, String... labels);

  /** Asks {@code value} at each scrape, on any thread; it must not block. */
  void gauge(String name, String help, DoubleSupplier value, String... labels);

  /** Only grows. */
  interface Counter {
    void add(long amount);
  }

  /** How long things take, as a histogram. */
  interface Timer {
    void record(long nanos);
  }
}
