package dev.penstock.spi.testing;

import dev.penstock.spi.config.Block;
import dev.penstock.spi.handoff.Handoffs;
import dev.penstock.spi.module.Extensions;
import dev.penstock.spi.module.FileWorkers;
import dev.penstock.spi.module.GatewayModule;
import dev.penstock.spi.module.ModuleContext;
import dev.penstock.spi.module.Serving;
import dev.penstock.spi.retention.Retention;
import dev.penstock.spi.snapshot.Snapshots;
import io.vertx.core.Context;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;

/**
 * The host, as one module sees it, on a real Vertx and with everything else in memory.
 *
 * <p><b>Lifecycle.</b> {@link #start} and {@link #stop} do with a module what the gateway does:
 * each on the module's own event loop, and what the module leaves behind is taken back. A context
 * can run one module after the other; what they {@link #state} stays. <b>Threads.</b> Any; the
 * futures complete on any.
 */
public final class FakeModuleContext implements ModuleContext, AutoCloseable {
  private static final int CORES_HERE = 2;

  private final String module;
  private final Block settings;
  private final Vertx vertx;
  private final FakeChildren children;
  private final FakeVolumes volumes;
  private final FakeListeners listeners = new FakeListeners();
  private final FakeTasks tasks = new FakeTasks();
  private final FakeEvents events = new FakeEvents();
  private final FakeCommands commands = new FakeCommands();
  private final FakeAdmin admin = new FakeAdmin();
  private final FakeState state = new FakeState();
  private final FakeMetrics metrics = new FakeMetrics();
  private final FakeClock clock = new FakeClock();
  private final FakeAudit audit = new FakeAudit();
  private final List<String> servings = new CopyOnWriteArrayList<>();
  private final List<String> unfinished = new CopyOnWriteArrayList<>();
  private volatile Snapshots snapshots = new FakeSnapshots();
  private volatile Handoffs handoffs = new FakeHandoffs();
  private volatile Extensions extensions = Extensions.NONE;
  private volatile Retention retention = Retention.NONE;
  private volatile Optional<RuntimeException> serveRefusal = Optional.empty();
  private volatile List<String> leftBehind = List.of();
  private volatile Optional<Shell> running = Optional.empty();

  public FakeModuleContext(Vertx vertx, String module, Block settings) {
    this.vertx = vertx;
    this.children = new FakeChildren(vertx);
    this.module = module;
    this.settings = settings;
    this.volumes = new FakeVolumes();
  }

  /**
   * Starts a module; fails with what its {@code start} failed with. {@link #stop} is due then too.
   */
  public Future<Void> start(GatewayModule starting) {
    Shell shell = new Shell(starting, this);
    running = Optional.of(shell);
    return vertx
        .deployVerticle(shell, new DeploymentOptions())
        .compose(id -> {
          shell.deployment = id;
          return shell.started.future();
        });
  }

  /** Stops the module and takes back what it left; fails with what its {@code stop} failed with. */
  public Future<Void> stop() {
    Optional<Shell> stopping = running;
    running = Optional.empty();
    if (stopping.isEmpty()) return Future.succeededFuture();
    Shell shell = stopping.get();
    return shell
        .stopModule()
        .eventually(this::stopServing)
        .eventually(() -> vertx.undeploy(shell.deployment))
        .onComplete(_ -> takeBack());
  }

  /** Runs on the module's own event loop, as the host's calls do. */
  public <T> Future<T> onModule(Supplier<Future<T>> body) {
    return running.orElseThrow(() -> new IllegalStateException("no module runs")).on(body);
  }

  /** From now on {@link #serve} fails with this, before any instance is made. */
  public void refuseToServe(RuntimeException refusal) {
    serveRefusal = Optional.of(refusal);
  }

  /** How many instances serve. */
  public int serving() {
    return servings.size();
  }

  @Override
  public String module() {
    return module;
  }

  @Override
  public Block settings() {
    return settings;
  }

  @Override
  public Vertx vertx() {
    return vertx;
  }

  @Override
  public Future<Void> serve(int instances, Supplier<? extends Serving> factory) {
    if (serveRefusal.isPresent()) return Future.failedFuture(serveRefusal.get());
    int count = instances == CORES ? CORES_HERE : instances;
    Future<Void> served = Future.succeededFuture();
    for (int i = 0; i < count; i++)
      served =
          served.compose(_ ->
              vertx
                  .deployVerticle(new ServingShell(factory))
                  .map(id -> {
                    servings.add(id);
                    return null;
                  }));
    return served.recover(why -> stopServing().transform(_ -> Future.failedFuture(why)));
  }

  @Override
  public FakeListeners listeners() {
    return listeners;
  }

  @Override
  public FakeVolumes volumes() {
    return volumes;
  }

  /** Lends these from now on. */
  public void lend(Snapshots lent) {
    snapshots = lent;
  }

  /** Lends these from now on. */
  public void lend(Handoffs lent) {
    handoffs = lent;
  }

  /** Lends these from now on. */
  public void lend(Extensions lent) {
    extensions = lent;
  }

  /** Lends this from now on. */
  public void lend(Retention lent) {
    retention = lent;
  }

  @Override
  public Snapshots snapshots() {
    return snapshots;
  }

  @Override
  public Handoffs handoffs() {
    return handoffs;
  }

  @Override
  public Extensions extensions() {
    return extensions;
  }

  @Override
  public Retention retention() {
    return retention;
  }

  @Override
  public FakeTasks tasks() {
    return tasks;
  }

  @Override
  public FileWorkers workers() {
    return FakeWorkers.of(vertx);
  }

  @Override
  public FakeChildren children() {
    return children;
  }

  @Override
  public FakeEvents events() {
    return events;
  }

  @Override
  public FakeCommands commands() {
    return commands;
  }

  @Override
  public FakeAdmin admin() {
    return admin;
  }

  @Override
  public FakeState state() {
    return state;
  }

  @Override
  public FakeMetrics metrics() {
    return metrics;
  }

  @Override
  public FakeClock clock() {
    return clock;
  }

  @Override
  public FakeAudit audit() {
    return audit;
  }

  /** What modules were about when they stopped, in that order. */
  public List<String> unfinished() {
    return List.copyOf(unfinished);
  }

  @Override
  public void leaveUnfinished(Rest rest, String what) {
    unfinished.add(what);
  }

  /** Ends the workers. The module has to be stopped before, and Vertx is the caller's. */
  @Override
  public void close() {
    volumes.close();
  }

  private Future<Void> stopServing() {
    List<Future<Void>> stopping = servings.stream().map(vertx::undeploy).toList();
    servings.clear();
    return Future.join(stopping).mapEmpty();
  }

  /**
   * What the last module to stop should have ended itself and did not: volumes that are open, work
   * that goes on.
   */
  public List<String> leftBehind() {
    return leftBehind;
  }

  private void takeBack() {
    leftBehind = volumes.openNames();
    admin.unmountAll();
    children.killAll();
    events.deafen();
    volumes.takeBack();
  }

  /** Always deploys: the outcome of the module's start is told apart from the deployment's. */
  private static final class Shell extends VerticleBase {
    private final Promise<Void> started = Promise.promise();
    private final GatewayModule module;
    private final FakeModuleContext host;
    private volatile Optional<Context> loop = Optional.empty();
    private volatile String deployment = "";

    private Shell(GatewayModule module, FakeModuleContext host) {
      this.module = module;
      this.host = host;
    }

    @Override
    public Future<?> start() {
      loop = Optional.of(context);
      guarded(() -> module.start(host)).onComplete(started);
      return Future.succeededFuture();
    }

    private Future<Void> stopModule() {
      return on(module::stop);
    }

    private <T> Future<T> on(Supplier<Future<T>> body) {
      Promise<T> done = Promise.promise();
      loop.orElseThrow().runOnContext(_ -> guarded(body).onComplete(done));
      return done.future();
    }
  }

  private static final class ServingShell extends VerticleBase {
    private final Supplier<? extends Serving> factory;
    private Optional<Serving> serving = Optional.empty();

    private ServingShell(Supplier<? extends Serving> factory) {
      this.factory = factory;
    }

    @Override
    public Future<?> start() {
      Serving made = factory.get();
      serving = Optional.of(made);
      return guarded(made::start)
          .recover(why -> guarded(made::stop).transform(_ -> Future.failedFuture(why)));
    }

    @Override
    public Future<?> stop() {
      return serving.isEmpty() ? Future.succeededFuture() : guarded(serving.get()::stop);
    }
  }

  private static <T> Future<T> guarded(Supplier<Future<T>> body) {
    try {
      return body.get();
    } catch (RuntimeException e) {
      return Future.failedFuture(e);
    }
  }
}
