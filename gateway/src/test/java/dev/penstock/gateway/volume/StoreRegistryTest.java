package dev.penstock.gateway.volume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.penstock.gateway.metrics.MetricsRegistry;
import dev.penstock.gateway.task.TaskRegistry;
import dev.penstock.gateway.volume.StoreStatus.State;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.bus.GatewayEvent.StoreFailed;
import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Mark;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.testing.FakeClock;
import dev.penstock.spi.testing.FakeEvents;
import dev.penstock.spi.testing.MemoryVolumeStore;
import dev.penstock.spi.volume.StoreContext;
import dev.penstock.spi.volume.StoreDescriptor;
import dev.penstock.spi.volume.StoreDescriptor.WaitsOn;
import dev.penstock.spi.volume.Volume;
import dev.penstock.spi.volume.VolumeInfo;
import dev.penstock.spi.volume.VolumeStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class StoreRegistryTest {
  private final FakeEvents events = new FakeEvents();
  private final FakeClock clock = new FakeClock();
  private final Vertx vertx = Vertx.vertx();
  private final Workers workers = new Workers(Workers.Limits.DEFAULT);
  private final MetricsRegistry metrics = new MetricsRegistry();
  private final StoreRegistry stores =
      new StoreRegistry(vertx, workers, new TaskRegistry(events, clock), metrics, events, clock);

  /** Leaves a counter and an ear behind, and refuses to open. */
  private static final class Refusing implements VolumeStore {
    final AtomicInteger closed = new AtomicInteger();

    @Override
    public StoreDescriptor descriptor() {
      return new StoreDescriptor("refusing", WaitsOn.FILES);
    }

    @Override
    public void validate(Block settings, Problems problems) {}

    @Override
    public void open(StoreContext context) {
      context.metrics().counter("refusing_opened", "Opened").add(1);
      context.events().subscribe(_ -> {});
      throw new GatewayError.Conflict("pid 1 has it");
    }

    @Override
    public List<VolumeInfo> list() {
      return List.of();
    }

    @Override
    public VolumeInfo create(String name, long sizeBytes) {
      throw new GatewayError.Unsupported("never opened");
    }

    @Override
    public Volume openVolume(String name) {
      throw new GatewayError.NotFound(name);
    }

    @Override
    public void remove(String name) {}

    @Override
    public void close() {
      closed.incrementAndGet();
    }
  }

  @AfterEach
  void close() {
    workers.close();
    metrics.close();
  }

  @Test
  void aStoreThatRefusesIsClosedOnceAndLeavesNothingBehind() {
    Refusing store = new Refusing();

    Future<Void> opened = stores.open("disk", store, settings());

    await().until(opened::isComplete);
    assertThat(opened.cause()).isInstanceOf(GatewayError.Conflict.class);
    assertThat(store.closed).hasValue(1);
    assertThat(events.subscriptions()).isZero();
    assertThat(metrics.scrape()).doesNotContain("refusing_opened");
    assertThat(events.await(StoreFailed.class).reason()).isEqualTo("pid 1 has it");
    assertThat(stores.statuses()).extracting(StoreStatus::state).containsExactly(State.FAILED);
  }

  @Test
  void aNameIsOpenOnce() {
    Future<Void> first = stores.open("memory", new MemoryVolumeStore(), settings());
    Future<Void> second = stores.open("memory", new MemoryVolumeStore(), settings());

    await().until(first::succeeded);
    assertThat(second.cause()).isInstanceOf(GatewayError.Conflict.class);
  }

  @Test
  void aStoreThatRefusedIsForgottenWhenItIsClosed() throws Exception {
    await().until(stores.open("disk", new Refusing(), settings())::isComplete);

    done(stores.close("disk"));

    assertThat(stores.statuses()).isEmpty();
  }

  @Test
  void aStoreClosesThoughNoMoreCallsCanWaitForADisk() throws Exception {
    var few = new Workers(new Workers.Limits(1, 1, 1));
    var crowded =
        new StoreRegistry(vertx, few, new TaskRegistry(events, clock), metrics, events, clock);
    var store = new Slow();
    done(crowded.open("disk", store, settings()));
    store.listing.countDown();
    var busy = new CountDownLatch(1);
    few.execute(WaitsOn.FILES, () -> awaitIt(busy));
    await().until(() -> fillsTheQueue(few));

    done(crowded.close("disk"));

    assertThat(store.calls).containsExactly("closed");
    busy.countDown();
    few.close();
  }

  private static boolean fillsTheQueue(Workers workers) {
    try {
      workers.execute(WaitsOn.FILES, () -> {});
      return false;
    } catch (GatewayError.Unavailable _) {
      return true;
    }
  }

  @Test
  void aStoreIsClosedOnceTheCallsUnderWayHaveEnded() throws Exception {
    var store = new Slow();
    done(stores.open("disk", store, settings()));
    Future<List<VolumeInfo>> listed = stores.require("disk").list();
    awaitIt(store.entered);

    Future<Void> closed = stores.close("disk");
    done(workers.run(WaitsOn.FILES, () -> "whatever was queued before has begun"));
    assertThat(store.calls).isEmpty();
    store.listing.countDown();

    done(listed);
    done(closed);
    assertThat(store.calls).containsExactly("listed", "closed");
  }

  /** Lists when it is told to, and writes down what it has done. */
  private static final class Slow implements VolumeStore {
    final List<String> calls = new CopyOnWriteArrayList<>();
    final CountDownLatch entered = new CountDownLatch(1);
    final CountDownLatch listing = new CountDownLatch(1);

    @Override
    public StoreDescriptor descriptor() {
      return new StoreDescriptor("slow", WaitsOn.FILES);
    }

    @Override
    public void validate(Block settings, Problems problems) {}

    @Override
    public void open(StoreContext context) {}

    @Override
    public List<VolumeInfo> list() {
      entered.countDown();
      awaitIt(listing);
      calls.add("listed");
      return List.of();
    }

    @Override
    public VolumeInfo create(String name, long sizeBytes) {
      throw new GatewayError.Unsupported("a store for tests");
    }

    @Override
    public Volume openVolume(String name) {
      throw new GatewayError.NotFound(name);
    }

    @Override
    public void remove(String name) {}

    @Override
    public void close() {
      calls.add("closed");
    }
  }

  private static void awaitIt(CountDownLatch latch) {
    try {
      assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static <T> T done(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  private static Block settings() {
    return Block.empty("stores.disk", new Mark("test.yaml", 1));
  }
}
