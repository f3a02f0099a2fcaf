package dev.penstock.gateway.volume;

import dev.penstock.gateway.config.HookConfig;
import dev.penstock.gateway.hook.Hooks;
import dev.penstock.gateway.lease.Leases;
import dev.penstock.gateway.metrics.MetricsRegistry;
import dev.penstock.gateway.state.StateFile;
import dev.penstock.gateway.task.OwnedTasks;
import dev.penstock.gateway.task.TaskRegistry;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Mark;
import dev.penstock.spi.snapshot.Meant;
import dev.penstock.spi.testing.FakeClock;
import dev.penstock.spi.testing.FakeEvents;
import dev.penstock.spi.testing.FakeMetrics;
import dev.penstock.spi.volume.OpenVolume;
import dev.penstock.spi.volume.SnapshotName;
import dev.penstock.spi.volume.VolumeStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A registry with volumes demo and other, in a store whose snapshots do what a test wants. */
final class SnapshotsFixture {
  static final long SIZE = 1 << 20;
  static final Duration LONG = Duration.ofSeconds(20);

  final Vertx vertx = Vertx.vertx();
  final FakeEvents events = new FakeEvents();
  final FakeClock clock = new FakeClock();
  final Workers workers = new Workers(Workers.Limits.DEFAULT);
  final MetricsRegistry metrics = new MetricsRegistry();
  final FakeMetrics shown = new FakeMetrics();
  final TaskRegistry tasks = new TaskRegistry(events, clock);
  final OwnedTasks ownTasks = tasks.of("gateway");
  final StoreRegistry stores = new StoreRegistry(vertx, workers, tasks, metrics, events, clock);
  final StateFile state;
  final Leases leases;
  final VolumeRegistry registry;
  final VolumeSnapshots snapshots;
  final UnreliableStore store = new UnreliableStore();
  final List<HookConfig> hooks = new ArrayList<>();

  SnapshotsFixture(Path folder) throws Exception {
    state = StateFile.open(folder);
    leases = new Leases(state, clock);
    registry = new VolumeRegistry(vertx, stores, leases, workers, events, clock);
    snapshots =
        new VolumeSnapshots(
            vertx, registry, leases, new Hooks(() -> hooks), ownTasks, shown, events, clock);
    open("memory", store);
    await(registry.create("demo", "memory", SIZE));
    await(registry.create("other", "memory", SIZE));
  }

  void open(String name, VolumeStore opened) throws Exception {
    await(stores.open(name, opened, Block.empty("stores." + name, new Mark("test.yaml", 1))));
  }

  Snapshots.Shown take(String name) throws Exception {
    return await(create(name)).snapshots().getFirst();
  }

  Future<Snapshots.Taken> create(String... names) {
    return snapshots.create(Stream.of(names).map(SnapshotsFixture::name).toList(), LONG);
  }

  static SnapshotName name(String text) {
    return SnapshotName.parse(text).orElseThrow();
  }

  static Meant meant(String text) {
    return new Meant(name(text), Optional.empty());
  }

  List<String> names(String volume) throws Exception {
    return await(snapshots.list(volume)).stream().map(one -> one.name().snapshot()).toList();
  }

  Snapshots.Destroyed destroy(String name) throws Exception {
    return await(snapshots.destroy(List.of(meant(name)))).getFirst();
  }

  static Future<Integer> write(OpenVolume open, int value) {
    return open.run(() -> {
      open.volume().write(0, ByteBuffer.wrap(new byte[] {(byte) value}));
      return 1;
    });
  }

  static int read(OpenVolume open) throws Exception {
    return await(
        open.run(() -> {
          ByteBuffer one = ByteBuffer.allocate(1);
          open.volume().read(0, one);
          return (int) one.get(0);
        }));
  }

  static GatewayError refusal(Future<?> future) throws Exception {
    try {
      await(future);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof GatewayError error) return error;
      throw e;
    }
    throw new AssertionError("it succeeded");
  }

  static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  void close() throws Exception {
    await(vertx.close());
    workers.close();
    metrics.close();
    state.close();
  }
}
