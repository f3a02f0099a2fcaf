package dev.penstock.gateway.module;

import dev.penstock.gateway.bus.Deadline;
import dev.penstock.gateway.config.ModuleConfig;
import dev.penstock.gateway.plugin.Kinds;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.module.Audit;
import dev.penstock.spi.module.Extensions;
import dev.penstock.spi.module.GatewayModule;
import dev.penstock.spi.module.ModuleContext;
import dev.penstock.spi.module.ModuleDescriptor;
import dev.penstock.spi.retention.Retention;
import dev.penstock.spi.testing.FakeAdmin;
import dev.penstock.spi.testing.FakeCommands;
import dev.penstock.spi.testing.FakeEvents;
import dev.penstock.spi.testing.FakeHandoffs;
import dev.penstock.spi.testing.FakeListeners;
import dev.penstock.spi.testing.FakeMetrics;
import dev.penstock.spi.testing.FakeSnapshots;
import dev.penstock.spi.testing.FakeState;
import dev.penstock.spi.testing.FakeTasks;
import dev.penstock.spi.testing.FakeVolumes;
import dev.penstock.spi.testing.FakeWorkers;
import dev.penstock.spi.testing.TestSettings;
import dev.penstock.spi.volume.VolumeStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A registry of one module, which does what a test says. */
abstract class ScriptedModules {
  private static final Duration SHORT = Duration.ofMillis(200);

  private final Vertx host = Vertx.vertx();
  final Vertx vertx = Vertx.vertx();
  final FakeEvents events = new FakeEvents();
  final AtomicInteger takenBack = new AtomicInteger();
  final CountDownLatch unblock = new CountDownLatch(1);
  ModuleRegistry modules;
  private volatile Supplier<GatewayModule> maker = Scripted::new;

  @BeforeEach
  void open() {
    var clock = InstantSource.system();
    var probe = new LoopProbe(host, events, new FakeMetrics(), clock);
    modules =
        new ModuleRegistry(
            new ModuleHost(
                vertx,
                new Deadline(host),
                probe,
                events,
                new FakeCommands(),
                _ -> loan(),
                () -> Extensions.NONE,
                new ModuleLimits(SHORT, SHORT, SHORT),
                clock),
            host,
            new OneKind());
    modules.add(config("toy"));
  }

  @AfterEach
  void close() throws Exception {
    unblock.countDown();
    done(vertx.close());
    done(host.close());
  }

  private Loan loan() {
    return new Loan(
        new FakeListeners(),
        new FakeVolumes(),
        new FakeSnapshots(),
        new FakeHandoffs(),
        Retention.NONE,
        new FakeTasks(),
        FakeWorkers::run,
        _ -> Future.failedFuture("no child"),
        new FakeAdmin(),
        new FakeState(),
        new FakeMetrics(),
        Audit.NONE,
        _ -> {},
        () -> {
          takenBack.incrementAndGet();
          return Future.succeededFuture();
        });
  }

  static ModuleConfig config(String kind) {
    Block settings = TestSettings.block("modules.one", Map.of());
    return new ModuleConfig("one", kind, settings, settings.at());
  }

  private final class OneKind implements Kinds {
    @Override
    public Set<String> moduleKinds() {
      return Set.of("toy");
    }

    @Override
    public Set<String> storeKinds() {
      return Set.of();
    }

    @Override
    public Made<GatewayModule> newModule(String kind) {
      if (!kind.equals("toy")) throw new GatewayError.NotFound("no kind " + kind);
      return new Made<>(maker.get(), "toys", ScriptedModules.class.getClassLoader());
    }

    @Override
    public Made<VolumeStore> newStore(String kind) {
      throw new GatewayError.NotFound("no kind " + kind);
    }
  }

  /** Does what a test says. */
  static final class Scripted implements GatewayModule {
    Function<ModuleContext, Future<Void>> start = _ -> Future.succeededFuture();
    Supplier<Future<Void>> stop = Future::succeededFuture;
    Supplier<Future<Boolean>> reconfigure = () -> Future.succeededFuture(false);

    @Override
    public ModuleDescriptor descriptor() {
      return new ModuleDescriptor("toy", "");
    }

    @Override
    public void validate(Block settings, Problems problems) {}

    @Override
    public Future<Void> start(ModuleContext context) {
      return start.apply(context);
    }

    @Override
    public Future<Void> stop() {
      return stop.get();
    }

    @Override
    public Future<Boolean> reconfigure(Block settings) {
      return reconfigure.get();
    }
  }

  Scripted scripted() {
    var module = new Scripted();
    maker = () -> module;
    return module;
  }

  ModuleStatus one() {
    return modules.module("one").orElseThrow();
  }

  static <T> T done(Future<T> future) throws Exception {
    try {
      return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof GatewayError error) throw error;
      throw e;
    }
  }
}
