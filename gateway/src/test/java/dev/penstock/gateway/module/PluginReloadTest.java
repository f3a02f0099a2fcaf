package dev.penstock.gateway.module;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.gateway.bus.Deadline;
import dev.penstock.gateway.bus.EventLog;
import dev.penstock.gateway.bus.LocalBus;
import dev.penstock.gateway.bus.Turns;
import dev.penstock.gateway.config.ModuleConfig;
import dev.penstock.gateway.plugin.LoaderWatch;
import dev.penstock.gateway.plugin.PluginFolder;
import dev.penstock.gateway.plugin.PluginRegistry;
import dev.penstock.gateway.plugin.PluginStatus;
import dev.penstock.gateway.plugin.PluginUse;
import dev.penstock.gateway.plugin.TestPlugin;
import dev.penstock.spi.module.Audit;
import dev.penstock.spi.retention.Retention;
import dev.penstock.spi.testing.FakeAdmin;
import dev.penstock.spi.testing.FakeHandoffs;
import dev.penstock.spi.testing.FakeListeners;
import dev.penstock.spi.testing.FakeMetrics;
import dev.penstock.spi.testing.FakeSnapshots;
import dev.penstock.spi.testing.FakeState;
import dev.penstock.spi.testing.FakeTasks;
import dev.penstock.spi.testing.FakeVolumes;
import dev.penstock.spi.testing.FakeWorkers;
import dev.penstock.spi.testing.TestSettings;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.lang.ref.WeakReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Nothing of a plugin that ran, or tried to, stays in memory once it was unloaded. */
class PluginReloadTest {
  private static final Duration LIMIT = Duration.ofMillis(300);
  private static final int RELOADS = 20;

  @TempDir Path dir;
  private final Vertx host = Vertx.vertx();
  private final Vertx vertx = Vertx.vertx();
  private final LocalBus bus = new LocalBus(vertx, new EventLog());

  @AfterEach
  void close() throws Exception {
    done(vertx.close());
    done(host.close());
  }

  @ParameterizedTest(name = "a module that {0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          serves             | context.events().subscribe(e -> {}); context.vertx().setPeriodic(1000, t -> {}); return context.serve(2, () -> new Serving() { public Future<Void> start() { return Future.succeededFuture(); } public Future<Void> stop() { return Future.succeededFuture(); } });
          listens            | return context.vertx().createNetServer().connectHandler(s -> {}).listen(0, "127.0.0.1").mapEmpty();
          fails to start     | return Future.failedFuture(new IllegalStateException("no"));
          throws in start    | class Own extends RuntimeException {} throw new Own();
          blames another     | class Own extends RuntimeException {} return Future.failedFuture(new GatewayError.Failed(GatewayError.Scope.MODULE, "no", new Own()));
          """)
  void leavesNoLoaderBehindAfterTwentyReloads(String what, String start) throws Exception {
    done(ReadyThreads.start(vertx, new VertxOptions()));
    done(ReadyThreads.start(host, new VertxOptions()));
    Path archives = Files.createDirectory(dir.resolve("plugins"));
    TestPlugin.module("toy", "1.0.0", start, TestPlugin.DONE).zipInto(archives);
    var use = new Use();
    var clock = InstantSource.system();
    var folder = new PluginFolder(archives, dir.resolve("work"));
    folder.loadAll();
    var plugins =
        new PluginRegistry(
            host, folder, use, new LoaderWatch(host, bus, clock), bus, clock, new Turns("plugins"));
    var modules = modules(plugins);
    use.modules = modules;
    var settings = TestSettings.block("modules.one", Map.of());
    modules.add(new ModuleConfig("one", "toy", settings, settings.at()));
    done(modules.startAll());

    List<WeakReference<ClassLoader>> loaders = new ArrayList<>();
    for (int i = 0; i < RELOADS; i++) {
      loaders.add(new WeakReference<>(plugins.newModule("toy").loader()));
      done(plugins.reload("toy"));
    }

    Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() -> {
          System.gc();
          assertThat(loaders).as(what).allMatch(loader -> loader.refersTo(null));
        });
    done(modules.haltAll());
    done(plugins.close());
  }

  private ModuleRegistry modules(PluginRegistry plugins) {
    var clock = InstantSource.system();
    var probe = new LoopProbe(host, bus, new FakeMetrics(), clock);
    var moduleHost =
        new ModuleHost(
            vertx,
            new Deadline(host),
            probe,
            bus,
            bus,
            _ ->
                new Loan(
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
                    Future::succeededFuture),
            plugins::extensions,
            new ModuleLimits(LIMIT, LIMIT, LIMIT),
            clock);
    return new ModuleRegistry(moduleHost, host, plugins);
  }

  @SuppressWarnings("NullAway.Init") // set once there are modules
  private static final class Use implements PluginUse {
    ModuleRegistry modules;

    @Override
    public Future<Void> release(PluginStatus plugin) {
      return modules.haltPlugin(plugin.id());
    }

    @Override
    public Future<Void> resume(PluginStatus plugin) {
      return modules.startKinds("toy"::equals);
    }
  }

  private static <T> T done(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }
}
