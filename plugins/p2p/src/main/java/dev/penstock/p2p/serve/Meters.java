package dev.penstock.p2p.serve;

import dev.penstock.spi.metrics.Metrics;
import dev.penstock.spi.metrics.Metrics.Counter;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAdder;

/** What is counted of one repository. Any thread. */
public final class Meters {
  /** Of HTTP: three digits. */
  private static final int STATUS_END = 600;

  private final Metrics metrics;
  private final String repository;

  /** By endpoint and status; made when one is first needed. */
  private final Map<Endpoint, AtomicReferenceArray<Counter>> requests =
      new EnumMap<>(Endpoint.class);

  private final LongAdder all = new LongAdder();
  private final LongAdder in = new LongAdder();
  private final LongAdder out = new LongAdder();
  private final AtomicInteger sending = new AtomicInteger();
  private final AtomicInteger receiving = new AtomicInteger();
  private final Counter inCounter;
  private final Counter outCounter;

  Meters(Metrics metrics, String repository) {
    this.metrics = metrics;
    this.repository = repository;
    for (Endpoint endpoint : Endpoint.values())
      requests.put(endpoint, new AtomicReferenceArray<>(STATUS_END));
    inCounter = metrics.counter("p2p_received_bytes", "Bytes of content", "repository", repository);
    outCounter = metrics.counter("p2p_sent_bytes", "Bytes of content", "repository", repository);
    transfers("out", sending);
    transfers("in", receiving);
  }

  private void transfers(String direction, AtomicInteger underWay) {
    metrics.gauge(
        "p2p_transfers",
        "Bodies under way",
        underWay::get,
        "repository",
        repository,
        "direction",
        direction);
  }

  void answered(Endpoint endpoint, int status) {
    all.increment();
    var byStatus = Objects.requireNonNull(requests.get(endpoint)); // all are there
    Counter counter = byStatus.get(status);
    if (counter == null) {
      counter =
          metrics.counter(
              "p2p_requests",
              "Requests that were answered",
              "repository",
              repository,
              "endpoint",
              endpoint.word(),
              "status",
              Integer.toString(status));
      byStatus.set(status, counter);
    }
    counter.add(1);
  }

  void received(long bytes) {
    in.add(bytes);
    inCounter.add(bytes);
  }

  void sent(long bytes) {
    out.add(bytes);
    outCounter.add(bytes);
  }

  void sending(int more) {
    sending.addAndGet(more);
  }

  void receiving(int more) {
    receiving.addAndGet(more);
  }

  public long requests() {
    return all.sum();
  }

  public long receivedBytes() {
    return in.sum();
  }

  public long sentBytes() {
    return out.sum();
  }

  public int transfers() {
    return sending.get() + receiving.get();
  }
}
