package dev.penstock.gateway;

import dev.penstock.gateway.admin.AccessLog;
import dev.penstock.gateway.admin.AdminServer;
import dev.penstock.gateway.admin.Registers;
import dev.penstock.gateway.admin.Subjects;
import dev.penstock.gateway.bus.Deadline;
import dev.penstock.gateway.bus.EventLog;
import dev.penstock.gateway.bus.LocalBus;
import dev.penstock.gateway.bus.Turns;
import dev.penstock.gateway.config.ConfigService;
import dev.penstock.gateway.config.GatewayConfig;
import dev.penstock.gateway.config.HookConfig;
import dev.penstock.gateway.config.WorkersConfig;
import dev.penstock.gateway.hook.Hooks;
import dev.penstock.gateway.lease.Leases;
import dev.penstock.gateway.listen.HostListeners;
import dev.penstock.gateway.metrics.MetricsRegistry;
import dev.penstock.gateway.module.LoopProbe;
import dev.penstock.gateway.module.ModuleHost;
import dev.penstock.gateway.module.ModuleLimits;
import dev.penstock.gateway.module.ModuleRegistry;
import dev.penstock.gateway.module.Unfinished;
import dev.penstock.gateway.plugin.LoaderWatch;
import dev.penstock.gateway.plugin.PluginFolder;
import dev.penstock.gateway.plugin.PluginRegistry;
import dev.penstock.gateway.plugin.PluginStatus;
import dev.penstock.gateway.plugin.PluginUse;
import dev.penstock.gateway.retention.RetentionDesk;
import dev.penstock.gateway.state.StateFile;
import dev.penstock.gateway.state.TokenStore;
import dev.penstock.gateway.task.OwnedTasks;
import dev.penstock.gateway.task.TaskRegistry;
import dev.penstock.gateway.volume.StoreRegistry;
import dev.penstock.gateway.volume.VolumeRegistry;
import dev.penstock.gateway.volume.VolumeSnapshots;
import dev.penstock.gateway.volume.Workers;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * One gateway, put together and running.
 *
 * <p><b>Lifecycle.</b> {@link #start} on a configuration that was checked, {@link #stop} once.
 * <b>Threads.</b> Both block, and come on a thread that is no event loop. <b>Errors.</b> A start
 * that fails has taken back what it had begun, and throws the {@link GatewayError} that it is.
 */
public final class Gateway {
  /**
   * A store that has to be recovered first can take minutes; one that hangs is told of some day.
   */
  private static final Duration STEP_MAX = Duration.ofMinutes(15);

  /** Requests under way get this to be answered. */
  private static final Duration ADMIN_DRAIN = Duration.ofSeconds(2);

  private final GatewayConfig config;
  private final InstantSource clock = InstantSource.system();
  private final Ladder ladder;
  private final StateFile state;
  private final MetricsRegistry metrics;
  private final Loops loops;
  private final EventLog eventLog = new EventLog();
  private final LocalBus bus;
  private final TaskRegistry tasks;
  private final Workers workers;
  private final StoreRegistry stores;
  private final Leases leases;
  private final VolumeRegistry volumes;
  private final Hooks hooks;
  private final VolumeSnapshots snapshots;
  private final OwnedTasks ownTasks;
  private final LoopProbe probe;
  private final Unfinished unfinished = new Unfinished();
  private final HostListeners listeners;
  private final PluginRegistry plugins;
  private final ModuleRegistry modules;
  private final ConfiguredStores configured;
  private final ConfigService configService;
  private final AdminServer admin;

  /**
   * Starts a gateway: state, stores, volumes, modules, in this order. A module that does not start
   * has failed, and the gateway runs; a store that does not open ends the start.
   *
   * @param file as the operator named it
   * @param config what was read from it, without problems
   * @param plugins that the configuration was held against; closed with the gateway
   * @param loops waited for when they are needed, and then closed with the gateway
   */
  static Gateway start(
      Path file, GatewayConfig config, PluginFolder plugins, CompletableFuture<Loops> loops) {
    var ladder = new Ladder();
    ladder.addClosing("unpacked plugins", plugins::close);
    try {
      var state = StateFile.open(config.gateway().state());
      ladder.addClosing("state", state::close);
      plugins.removeLeftovers(config.gateway().state());
      var gateway = new Gateway(file, config, plugins, loops.join(), state, ladder);
      gateway.begin();
      return gateway;
    } catch (RuntimeException | Error e) { // an event loop left behind would keep the process
      ladder.descend(config.gateway().shutdownLimit());
      throw e;
    }
  }

  private Gateway(
      Path file,
      GatewayConfig config,
      PluginFolder folder,
      Loops loops,
      StateFile state,
      Ladder ladder) {
    this.config = config;
    this.state = state;
    this.ladder = ladder;
    this.loops = loops;
    ladder.add("event loops", loops::close);
    metrics = loops.metrics();
    bus = new LocalBus(loops.modules(), eventLog);
    tasks = new TaskRegistry(bus, clock);
    tasks.show(metrics.forHost());
    tasks.watch(loops.host().getOrCreateContext());
    workers = workers(config.workers());
    stores = new StoreRegistry(loops.modules(), workers, tasks, metrics, bus, clock);
    leases = new Leases(state, clock);
    leases.show(metrics.forHost());
    volumes = new VolumeRegistry(loops.host(), stores, leases, workers, bus, clock);
    ownTasks = tasks.of("gateway");
    hooks = new Hooks(this::snapshotHooks);
    snapshots =
        new VolumeSnapshots(
            loops.host(), volumes, leases, hooks, ownTasks, metrics.forHost(), bus, clock);
    probe = new LoopProbe(loops.host(), bus, metrics.forHost(), clock);
    listeners = new HostListeners(loops.host());
    var turns = new Turns("the gateway");
    plugins = pluginRegistry(folder, turns);
    configured = new ConfiguredStores(plugins, stores, volumes);
    modules = moduleRegistry();
    configService =
        new ConfigService(
            loops.host(),
            file,
            config,
            plugins,
            new ConfigChange(modules, configured),
            bus,
            clock,
            turns);
    admin = adminServer();
  }

  /** As the configuration has them now. */
  private List<HookConfig> snapshotHooks() {
    return configService.running().snapshots().hooks();
  }

  private AdminServer adminServer() {
    var tokens = Registers.tokens(new TokenStore(state, clock));
    var host =
        new AdminServer.Host(
            listeners,
            tokens,
            Registers.events(eventLog, bus),
            bus,
            metrics.forHost(),
            UUID.randomUUID().toString(),
            state.folder(),
            clock);
    return new AdminServer(
        loops.host(),
        config.admin(),
        host,
        new Subjects(
            new Health(
                config.gateway().name(),
                state.gateway(),
                clock.instant(),
                stores,
                modules,
                plugins),
            Registers.modules(modules),
            Registers.plugins(plugins),
            new ShownVolumes(stores, volumes),
            snapshots,
            Registers.leases(leases),
            Registers.tasks(tasks),
            Registers.config(configService),
            tokens,
            metrics::scrape));
  }

  private Workers workers(WorkersConfig limits) {
    var workers =
        new Workers(
            new Workers.Limits(limits.fileThreads(), limits.fileQueue(), limits.networkCalls()));
    workers.show(metrics.forHost());
    ladder.addClosing("workers", workers::close);
    return workers;
  }

  private PluginRegistry pluginRegistry(PluginFolder folder, Turns turns) {
    var registry =
        new PluginRegistry(
            loops.host(),
            folder,
            new Change(),
            new LoaderWatch(loops.host(), bus, clock),
            bus,
            clock,
            turns);
    ladder.add("plugins", registry::close);
    return registry;
  }

  private ModuleRegistry moduleRegistry() {
    var limits =
        ModuleLimits.within(config.gateway().startLimit(), config.gateway().shutdownLimit());
    var lending =
        new Lending(
            loops.modules(),
            listeners,
            volumes,
            snapshots,
            new RetentionDesk(new Deadline(loops.host())),
            tasks,
            workers,
            state,
            metrics,
            this::admin,
            new AccessLog(loops.host(), state.folder(), clock),
            unfinished,
            limits.cleanup());
    var host =
        new ModuleHost(
            loops.modules(),
            new Deadline(loops.host()),
            probe,
            bus,
            bus,
            lending,
            plugins::extensions,
            limits,
            clock);
    return new ModuleRegistry(host, loops.host(), plugins);
  }

  /** Plugins come before the stores and modules that they are asked for. */
  private final class Change implements PluginUse {
    @Override
    public Future<Void> release(PluginStatus plugin) {
      return change().release(plugin);
    }

    @Override
    public Future<Void> resume(PluginStatus plugin) {
      return change().resume(plugin);
    }

    private PluginChange change() {
      return new PluginChange(modules, configured, volumes, configService::running);
    }
  }

  private void begin() {
    await(loops.ready());
    plugins.tellAll();
    ladder.add("stores", () -> volumes.endFreezes().eventually(stores::closeAll));
    ladder.add("tasks", () -> ownTasks.stop(config.gateway().shutdownLimit()));
    await(configured.openAll(config));
    config.modules().forEach(modules::add);
    ladder.add("modules", modules::haltAll);
    await(modules.startAll());
    ladder.add("hooks", this::endHooks);
    bus.answerCommands(new CommandDesk(modules, plugins, configService)::carryOut);
    ladder.add("admin API", () -> admin.stop(ADMIN_DRAIN));
    await(admin.start());
  }

  /**
   * Before the modules: what is ended may need the volume that is served. A third of the time at
   * most, since the modules have half of it; what takes longer goes on beside them.
   */
  private Future<Void> endHooks() {
    Duration limit = config.gateway().shutdownLimit().dividedBy(3);
    return new Deadline(loops.host())
        .within(
            limit,
            hooks.close(),
            () ->
                new GatewayError.Unavailable(
                    Scope.MODULE,
                    limit,
                    "hooks did not end within %d ms".formatted(limit.toMillis())));
  }

  private static <T> T await(Future<T> step) {
    try {
      return step.toCompletionStage()
          .toCompletableFuture()
          .get(STEP_MAX.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof GatewayError error) throw error;
      throw new GatewayError.Failed(Scope.MODULE, "the gateway cannot start", e);
    } catch (TimeoutException e) {
      throw new GatewayError.Failed(
          Scope.MODULE, "a step of the start took more than %s".formatted(STEP_MAX), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new GatewayError.Failed(Scope.MODULE, "the start was interrupted", e);
    }
  }

  /**
   * Stops everything in the reverse order of the start, within the limit of the configuration.
   *
   * @return whether all of it ended cleanly and in time
   */
  public boolean stop() {
    return ladder.descend(config.gateway().shutdownLimit());
  }

  /** What was under way and is not done; once it has stopped. */
  public List<Unfinished.Left> unfinished() {
    return unfinished.all();
  }

  AdminServer admin() {
    return admin;
  }

  public ConfigService config() {
    return configService;
  }

  public PluginRegistry plugins() {
    return plugins;
  }

  public ModuleRegistry modules() {
    return modules;
  }

  public StoreRegistry stores() {
    return stores;
  }

  public VolumeRegistry volumes() {
    return volumes;
  }

  public TaskRegistry tasks() {
    return tasks;
  }

  public EventLog eventLog() {
    return eventLog;
  }

  public LocalBus bus() {
    return bus;
  }

  public MetricsRegistry metrics() {
    return metrics;
  }
}
