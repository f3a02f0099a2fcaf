package dev.penstock.gateway.module;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.gateway.bus.Deadline;
import dev.penstock.gateway.config.ModuleConfig;
import dev.penstock.gateway.plugin.Kinds;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.bus.GatewayEvent;
import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.module.Audit;
import dev.penstock.spi.module.Extensions;
import dev.penstock.spi.module.GatewayModule;
import dev.penstock.spi.module.ModuleContext;
import dev.penstock.spi.module.ModuleDescriptor;
import dev.penstock.spi.module.Serving;
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
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ModuleRegistryTest {
  private static final Duration SHORT = Duration.ofMillis(200);

  private final Vertx host = Vertx.vertx();
  private final Vertx vertx = Vertx.vertx();
  private final FakeEvents events = new FakeEvents();
  private final AtomicInteger takenBack = new AtomicInteger();
  private final CountDownLatch unblock = new CountDownLatch(1);
  private ModuleRegistry modules;
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

  private static ModuleConfig config(String kind) {
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
      return new Made<>(maker.get(), "toys", ModuleRegistryTest.class.getClassLoader());
    }

    @Override
    public Made<VolumeStore> newStore(String kind) {
      throw new GatewayError.NotFound("no kind " + kind);
    }
  }

  /** Does what a test says. */
  private static final class Scripted implements GatewayModule {
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

  private Scripted scripted() {
    var module = new Scripted();
    maker = () -> module;
    return module;
  }

  private ModuleStatus one() {
    return modules.module("one").orElseThrow();
  }

  @Test
  void startsAndStopsAModule() throws Exception {
    assertThat(done(modules.start("one")).state()).isEqualTo(ModuleLife.RUNNING);
    assertThat(one().plugin()).contains("toys");

    assertThat(done(modules.stop("one")).state()).isEqualTo(ModuleLife.STOPPED);
    assertThat(takenBack).hasValue(1);
    assertThat(vertx.deploymentIDs()).isEmpty();
  }

  @Test
  void keepsTheReasonOfAStartThatThrows() {
    scripted().start =
        _ -> {
          throw new IllegalStateException("no luck today");
        };

    assertThatThrownBy(() -> done(modules.start("one"))).hasMessageContaining("no luck today");

    assertThat(one().state()).isEqualTo(ModuleLife.FAILED);
    assertThat(one().reason().orElseThrow()).contains("no luck today");
    assertThat(takenBack).hasValue(1);
    assertThat(vertx.deploymentIDs()).isEmpty();
    assertThat(events.all(GatewayEvent.ModuleFailed.class)).hasSize(1);
  }

  @Test
  void survivesAModuleThatThrowsAnError() {
    scripted().start =
        _ -> {
          throw new StackOverflowError();
        };

    assertThatThrownBy(() -> done(modules.start("one"))).isInstanceOf(GatewayError.Failed.class);
  }

  @Test
  void givesUpAStartThatNeverCompletes() {
    scripted().start = _ -> Promise.<Void>promise().future();

    assertThatThrownBy(() -> done(modules.start("one")))
        .hasMessageContaining("did not start within");

    assertThat(one().state()).isEqualTo(ModuleLife.FAILED);
    assertThat(vertx.deploymentIDs()).isEmpty();
  }

  @Test
  void goesOnWithoutAModuleWhoseStopNeverCompletes() throws Exception {
    scripted().stop = () -> Promise.<Void>promise().future();
    done(modules.start("one"));

    assertThatThrownBy(() -> done(modules.stop("one"))).hasMessageContaining("did not stop within");

    assertThat(one().state()).isEqualTo(ModuleLife.FAILED);
    assertThat(takenBack).hasValue(1);
    assertThat(vertx.deploymentIDs()).isEmpty();
  }

  @Test
  void goesOnWithoutAModuleThatBlocksItsEventLoop() {
    scripted().start =
        _ -> {
          try {
            unblock.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          return Future.succeededFuture();
        };

    assertThatThrownBy(() -> done(modules.start("one")))
        .hasMessageContaining("did not start within");

    assertThat(one().state()).isEqualTo(ModuleLife.FAILED);
  }

  @Test
  void triesAgainOnlyWhatSaysThatItCanWorkLater() throws Exception {
    var attempts = new AtomicInteger();
    scripted().start =
        _ ->
            attempts.incrementAndGet() > 1
                ? Future.succeededFuture()
                : Future.failedFuture(
                    new GatewayError.Unavailable(Scope.MODULE, Duration.ofMillis(1), "not yet"));

    assertThatThrownBy(() -> done(modules.start("one"))).hasMessageContaining("not yet");

    assertThat(one().retryAt()).isPresent();
    Awaitility.await().untilAsserted(() -> assertThat(one().state()).isEqualTo(ModuleLife.RUNNING));
    assertThat(attempts).hasValue(2);
  }

  @Test
  void namesTheKindThatNoPluginProvides() {
    assertThatThrownBy(() -> done(modules.reconfigure(config("tow")))).hasMessageContaining("tow");

    assertThat(one().state()).isEqualTo(ModuleLife.FAILED);
  }

  @Test
  void takesSettingsOnTheFlyFromAModuleThatCan() throws Exception {
    var starts = new AtomicInteger();
    var module = scripted();
    module.reconfigure = () -> Future.succeededFuture(true);
    module.start = _ -> counted(starts);
    done(modules.start("one"));

    done(modules.reconfigure(config("toy")));

    assertThat(starts).hasValue(1);
  }

  /** What Vert.x deploys from a verticle's context is undeployed with that verticle. */
  @Test
  void aModuleThatIsStartedAfterAnotherOneAnsweredDoesNotEndWithIt() throws Exception {
    modules.add(new ModuleConfig("two", "toy", settings(), settings().at()));
    scripted().reconfigure = () -> Future.succeededFuture(true);
    done(modules.start("one"));

    done(modules.reconfigure(config("toy")).compose(_ -> modules.start("two")));
    done(modules.stop("one"));

    assertThat(vertx.deploymentIDs()).hasSize(1);
  }

  private static Block settings() {
    return TestSettings.block("modules.two", Map.of());
  }

  @Test
  void restartsAModuleThatCannotTakeSettingsOnTheFly() throws Exception {
    var starts = new AtomicInteger();
    scripted().start = _ -> counted(starts);
    done(modules.start("one"));

    done(modules.reconfigure(config("toy")));

    assertThat(starts).hasValue(2);
    assertThat(one().state()).isEqualTo(ModuleLife.RUNNING);
  }

  @Test
  void leavesAModuleAloneThatFailsToTakeSettingsOnTheFlyAndOffersThemAgain() throws Exception {
    var starts = new AtomicInteger();
    var module = scripted();
    module.start = _ -> counted(starts);
    module.reconfigure =
        () ->
            Future.failedFuture(
                new GatewayError.Failed(Scope.MODULE, "the disk of its state is full"));
    done(modules.start("one"));
    ModuleConfig changed = config("toy");

    assertThatThrownBy(() -> done(modules.reconfigure(changed)))
        .hasMessageContaining("the disk of its state is full; it goes on as it was");

    assertThat(starts).hasValue(1);
    assertThat(one().state()).isEqualTo(ModuleLife.RUNNING);
    assertThat(modules.hasTaken(changed)).isFalse();
    module.reconfigure = () -> Future.succeededFuture(true);
    done(modules.reconfigure(changed));
    assertThat(modules.hasTaken(changed)).isTrue();
  }

  private static Future<Void> counted(AtomicInteger counter) {
    counter.incrementAndGet();
    return Future.succeededFuture();
  }

  @Test
  void servesOnAsManyEventLoopsAsAskedAndStopsThemAfterTheModule() throws Exception {
    List<String> calls = new CopyOnWriteArrayList<>();
    var module = scripted();
    module.start = context -> context.serve(2, () -> new Told(calls, false));
    module.stop =
        () -> {
          calls.add("module stops");
          return Future.succeededFuture();
        };

    done(modules.start("one"));
    assertThat(calls).containsExactly("start", "start");
    assertThat(vertx.deploymentIDs()).hasSize(3);

    done(modules.stop("one"));
    assertThat(calls).containsExactly("start", "start", "module stops", "stop", "stop");
    assertThat(vertx.deploymentIDs()).isEmpty();
  }

  @Test
  void stopsAllServingsWhenOneDoesNotStart() {
    List<String> calls = new CopyOnWriteArrayList<>();
    scripted().start = context -> context.serve(2, () -> new Told(calls, true));

    assertThatThrownBy(() -> done(modules.start("one"))).hasMessageContaining("port taken");

    assertThat(calls).containsExactly("start", "start", "stop", "stop");
    assertThat(vertx.deploymentIDs()).isEmpty();
  }

  private record Told(List<String> calls, boolean fails) implements Serving {
    @Override
    public Future<Void> start() {
      calls.add("start");
      return fails
          ? Future.failedFuture(new GatewayError.Conflict("port taken"))
          : Future.succeededFuture();
    }

    @Override
    public Future<Void> stop() {
      calls.add("stop");
      return Future.succeededFuture();
    }
  }

  @Test
  void endsSubscriptionsThatAModuleLeftOpen() throws Exception {
    scripted().start =
        context -> {
          var _ = context.events().subscribe(_ -> {});
          return Future.succeededFuture();
        };
    done(modules.start("one"));

    done(modules.stop("one"));

    assertThat(events.subscriptions()).isZero();
  }

  private static <T> T done(Future<T> future) throws Exception {
    try {
      return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof GatewayError error) throw error;
      throw e;
    }
  }
}
