package dev.penstock.gateway.volume;

import dev.penstock.gateway.metrics.OwnedMetrics;
import dev.penstock.gateway.task.OwnedTasks;
import dev.penstock.spi.bus.Events;
import dev.penstock.spi.bus.GatewayEvent;
import dev.penstock.spi.config.Block;
import dev.penstock.spi.volume.StoreContext;
import dev.penstock.spi.volume.StoreDescriptor.WaitsOn;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/** What one store may use; {@link #takeBack} ends all of it. */
final class HostStoreContext implements StoreContext, Events {
  /** A store's task reads and writes files: it leaves soon or hangs. */
  private static final Duration TASKS_LIMIT = Duration.ofSeconds(10);

  private final Vertx vertx;
  private final Workers workers;
  private final WaitsOn waitsOn;
  private final String store;
  private final Block settings;
  private final Events events;
  private final OwnedTasks tasks;
  private final OwnedMetrics metrics;
  private final InstantSource clock;
  private final Set<Subscription> subscriptions = ConcurrentHashMap.newKeySet();

  HostStoreContext(
      Vertx vertx,
      Workers workers,
      WaitsOn waitsOn,
      String store,
      Block settings,
      Events events,
      OwnedTasks tasks,
      OwnedMetrics metrics,
      InstantSource clock) {
    this.vertx = vertx;
    this.workers = workers;
    this.waitsOn = waitsOn;
    this.store = store;
    this.settings = settings;
    this.events = events;
    this.tasks = tasks;
    this.metrics = metrics;
    this.clock = clock;
  }

  @Override
  public String store() {
    return store;
  }

  @Override
  public Block settings() {
    return settings;
  }

  @Override
  public Events events() {
    return this;
  }

  @Override
  public OwnedTasks tasks() {
    return tasks;
  }

  @Override
  public OwnedMetrics metrics() {
    return metrics;
  }

  @Override
  public InstantSource clock() {
    return clock;
  }

  @Override
  public <T> Future<T> run(Callable<T> calls) {
    return workers.run(waitsOn, calls);
  }

  @Override
  public Vertx vertx() {
    return vertx;
  }

  @Override
  public void publish(GatewayEvent event) {
    events.publish(event);
  }

  @Override
  public Subscription subscribe(Consumer<GatewayEvent> subscriber) {
    Subscription subscription = events.subscribe(subscriber);
    subscriptions.add(subscription);
    return () -> {
      subscriptions.remove(subscription);
      subscription.close();
    };
  }

  /** Before the store closes: its tasks use it. */
  Future<Void> stopTasks() {
    return tasks.stop(TASKS_LIMIT);
  }

  void takeBack() {
    subscriptions.forEach(Subscription::close);
    subscriptions.clear();
    metrics.close();
  }
}
