package dev.penstock.gateway.volume;

import dev.penstock.gateway.lease.Leases;
import dev.penstock.gateway.metrics.MetricsRegistry;
import dev.penstock.gateway.state.StateFile;
import dev.penstock.gateway.task.TaskRegistry;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Mark;
import dev.penstock.spi.testing.FakeClock;
import dev.penstock.spi.testing.FakeEvents;
import dev.penstock.spi.testing.Faults.Call;
import dev.penstock.spi.testing.MemoryVolumeStore;
import dev.penstock.spi.volume.OpenVolume;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A registry with the volume demo in a store in memory, and two users that do as they are told. */
abstract class WithRegistry {
  static final long SIZE = 1 << 20;
  static final Duration LONG = Duration.ofSeconds(20);

  final Vertx vertx = Vertx.vertx();
  final FakeEvents events = new FakeEvents();
  final FakeClock clock = new FakeClock();
  final Workers workers = new Workers(Workers.Limits.DEFAULT);
  final MetricsRegistry metrics = new MetricsRegistry();
  final StoreRegistry stores =
      new StoreRegistry(vertx, workers, new TaskRegistry(events, clock), metrics, events, clock);
  final StateFile state = openState();
  final Leases leases = new Leases(state, clock);
  final VolumeRegistry registry = new VolumeRegistry(vertx, stores, leases, workers, events, clock);
  final MemoryVolumeStore memory = new MemoryVolumeStore();
  final TestUser writer = new TestUser("module nbd");
  final TestUser reader = new TestUser("module backup");

  private static StateFile openState() {
    try {
      return StateFile.open(Files.createTempDirectory("registry-"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @BeforeEach
  void openStore() throws Exception {
    open("memory", memory);
    await(registry.create("demo", "memory", SIZE));
  }

  @AfterEach
  void close() throws Exception {
    await(vertx.close());
    workers.close();
    metrics.close();
    state.close();
  }

  void open(String name, MemoryVolumeStore store) throws Exception {
    await(stores.open(name, store, Block.empty("stores." + name, new Mark("test.yaml", 1))));
  }

  VolumeStatus status() throws Exception {
    return await(registry.status("demo"));
  }

  void fail(Call call) {
    memory
        .volume("demo")
        .faults()
        .failAll(call, () -> new GatewayError.Damaged("the disk is gone"));
  }

  static Future<Integer> write(OpenVolume open) {
    return open.run(() -> {
      open.volume().write(0, ByteBuffer.wrap(new byte[] {7}));
      return 1;
    });
  }

  static GatewayError refusal(Future<?> future) throws Exception {
    return (GatewayError) failure(future);
  }

  static Throwable failure(Future<?> future) throws Exception {
    try {
      await(future);
    } catch (ExecutionException e) {
      return Objects.requireNonNull(e.getCause());
    }
    throw new AssertionError("it succeeded");
  }

  static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }
}
