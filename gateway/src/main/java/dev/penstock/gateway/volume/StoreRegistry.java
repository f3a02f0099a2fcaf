package dev.penstock.gateway.volume;

import dev.penstock.gateway.bus.Caller;
import dev.penstock.gateway.metrics.MetricsRegistry;
import dev.penstock.gateway.task.TaskRegistry;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.bus.Events;
import dev.penstock.spi.bus.GatewayEvent.StoreClosed;
import dev.penstock.spi.bus.GatewayEvent.StoreFailed;
import dev.penstock.spi.bus.GatewayEvent.StoreOpened;
import dev.penstock.spi.config.Block;
import dev.penstock.spi.volume.Finding;
import dev.penstock.spi.volume.StoreDescriptor;
import dev.penstock.spi.volume.VolumeStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The stores that are open, in the order in which they were opened: of two that have a volume of
 * one name, the first serves it.
 *
 * <p><b>Threads.</b> Any; nothing blocks.
 */
public final class StoreRegistry {
  private static final Logger log = LoggerFactory.getLogger(StoreRegistry.class);

  private final Vertx vertx;
  private final Workers workers;
  private final TaskRegistry tasks;
  private final MetricsRegistry metrics;
  private final Events events;
  private final InstantSource clock;
  private final Map<String, OpenStore> stores = new LinkedHashMap<>();
  private final List<Consumer<String>> closedListeners = new CopyOnWriteArrayList<>();
  private final Map<String, StoreStatus> failed = new LinkedHashMap<>();

  /**
   * @param vertx lent to stores that wait for the network
   */
  public StoreRegistry(
      Vertx vertx,
      Workers workers,
      TaskRegistry tasks,
      MetricsRegistry metrics,
      Events events,
      InstantSource clock) {
    this.vertx = vertx;
    this.workers = workers;
    this.tasks = tasks;
    this.metrics = metrics;
    this.events = events;
    this.clock = clock;
  }

  /** Hears the name of every store that has closed. */
  void onClosed(Consumer<String> listener) {
    closedListeners.add(listener);
  }

  /**
   * Opens a store.
   *
   * @param settings that its {@code validate} found nothing wrong with
   * @return fails with what the store says, which then holds nothing any more; with {@link
   *     GatewayError.Conflict} if a store of this name is open
   */
  public Future<Void> open(String name, VolumeStore store, Block settings) {
    StoreDescriptor descriptor = store.descriptor();
    OpenStore opening;
    synchronized (this) {
      if (stores.containsKey(name))
        return Future.failedFuture(
            new GatewayError.Conflict("there is a store %s already".formatted(name)));
      HostStoreContext context =
          new HostStoreContext(
              vertx,
              workers,
              descriptor.waitsOn(),
              name,
              settings,
              events,
              tasks.of("store " + name),
              metrics.forStore(name),
              clock);
      opening = new OpenStore(name, store, descriptor, context, workers);
      stores.put(name, opening);
      failed.remove(name);
    }
    return opening
        .open()
        .onSuccess(_ -> events.publish(new StoreOpened(clock.instant(), name)))
        .recover(refusal -> Future.failedFuture(refused(opening, descriptor, refusal)));
  }

  /**
   * Closes a store; {@link GatewayError.Conflict} while volumes of it are open. One that refused to
   * open is forgotten.
   */
  public Future<Void> close(String name) {
    if (forgetFailed(name)) return Future.succeededFuture();
    OpenStore closing;
    try {
      closing = require(name);
    } catch (GatewayError.NotFound nobody) {
      return Future.failedFuture(nobody);
    }
    Future<Void> closed = closing.close();
    return closed.onComplete(done -> {
      if (done.failed() && closing.status().state() != StoreStatus.State.CLOSING) return;
      forget(closing);
      closedListeners.forEach(listener -> listener.accept(name));
      events.publish(new StoreClosed(clock.instant(), name));
    });
  }

  /** Closes every store, the last one first; fails with what the first that failed says. */
  public Future<Void> closeAll() {
    Future<Void> all = Future.succeededFuture();
    for (OpenStore store : open().reversed()) {
      Future<Void> before = all;
      all = before.transform(_ -> close(store.name())).compose(_ -> before);
    }
    return all;
  }

  /** Every store that is open, opening, closing, or failed to open. */
  public synchronized List<StoreStatus> statuses() {
    List<StoreStatus> all = new ArrayList<>();
    stores.values().forEach(store -> all.add(store.status()));
    all.addAll(failed.values());
    return all;
  }

  /**
   * What is in a store and belongs to no volume that it knows; see {@link VolumeStore#leftovers}.
   *
   * @return fails with {@link GatewayError.NotFound} if no store of this name is open
   */
  public Future<List<Finding>> leftovers(String store, Optional<String> aside, boolean apply) {
    OpenStore there;
    try {
      there = require(store);
    } catch (GatewayError.NotFound nobody) {
      return Future.failedFuture(nobody);
    }
    return Caller.here().answer(there.leftovers(aside, apply));
  }

  synchronized List<OpenStore> open() {
    return stores.values().stream().filter(OpenStore::isOpen).toList();
  }

  synchronized OpenStore require(String name) {
    return Optional.ofNullable(stores.get(name))
        .filter(OpenStore::isOpen)
        .orElseThrow(() -> new GatewayError.NotFound("there is no open store %s".formatted(name)));
  }

  private synchronized boolean forgetFailed(String name) {
    return failed.remove(name) != null;
  }

  private synchronized void forget(OpenStore store) {
    stores.remove(store.name(), store);
  }

  private GatewayError refused(OpenStore store, StoreDescriptor descriptor, Throwable refusal) {
    GatewayError error = errorOf(refusal);
    if (!(refusal instanceof GatewayError))
      log.atError()
          .setCause(refusal)
          .addKeyValue("store", store.name())
          .log("store failed by a bug");
    synchronized (this) {
      stores.remove(store.name(), store);
      failed.put(
          store.name(),
          new StoreStatus(
              store.name(),
              descriptor.kind(),
              StoreStatus.State.FAILED,
              Optional.of(error.what())));
    }
    events.publish(new StoreFailed(clock.instant(), store.name(), error.what()));
    return error;
  }

  private static GatewayError errorOf(Throwable refusal) {
    return refusal instanceof GatewayError error
        ? error
        : new GatewayError.Failed(Scope.MODULE, refusal.toString(), refusal);
  }
}
