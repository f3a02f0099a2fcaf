package dev.penstock.gateway.module;

import dev.penstock.gateway.bus.Caller;
import dev.penstock.gateway.plugin.PluginFault;
import dev.penstock.gateway.stream.Zstd;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.admin.AdminRoutes;
import dev.penstock.spi.bus.Commands;
import dev.penstock.spi.bus.Events;
import dev.penstock.spi.bus.GatewayEvent;
import dev.penstock.spi.config.Block;
import dev.penstock.spi.handoff.Handoffs;
import dev.penstock.spi.metrics.Metrics;
import dev.penstock.spi.module.Audit;
import dev.penstock.spi.module.Extensions;
import dev.penstock.spi.module.FileWorkers;
import dev.penstock.spi.module.Listeners;
import dev.penstock.spi.module.ModuleContext;
import dev.penstock.spi.module.ModuleState;
import dev.penstock.spi.module.Serving;
import dev.penstock.spi.process.Children;
import dev.penstock.spi.retention.Retention;
import dev.penstock.spi.snapshot.Snapshots;
import dev.penstock.spi.stream.RecordCompression;
import dev.penstock.spi.task.Tasks;
import dev.penstock.spi.volume.Volumes;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One life of a module, as the module sees it; and what has to be taken back when it ends.
 *
 * <p><b>Threads.</b> Any; nothing blocks.
 */
final class HostModuleContext implements ModuleContext {
  private static final Logger LOG = LoggerFactory.getLogger(HostModuleContext.class);

  private final String module;
  private final ModuleHost host;
  private final ClassLoader loader;
  private final Loan loan;
  private final List<Served> served = new CopyOnWriteArrayList<>();
  private final List<Events.Subscription> subscriptions = new CopyOnWriteArrayList<>();
  private volatile Block settings;
  private volatile boolean ended;

  /** A shell that serves, and how to take it back. */
  private record Served(ServingVerticle shell, String deployment, LoopProbe.Watch watch) {}

  HostModuleContext(String module, Block settings, ClassLoader loader, ModuleHost host) {
    this.module = module;
    this.settings = settings;
    this.loader = loader;
    this.host = host;
    this.loan = host.lender().lend(module);
  }

  @Override
  public Future<Void> serve(int instances, Supplier<? extends Serving> factory) {
    int wanted = instances == CORES ? Runtime.getRuntime().availableProcessors() : instances;
    if (wanted < 1 || wanted > ModuleLimits.SERVING_MAX)
      return Future.failedFuture(
          new GatewayError.Invalid(
              "serve was asked for %d instances; it takes 1 to %d"
                  .formatted(wanted, ModuleLimits.SERVING_MAX)));
    if (ended) return Future.failedFuture(over());
    List<Future<Served>> deployed = new ArrayList<>();
    for (int i = 0; i < wanted; i++) deployed.add(deploy());
    return Caller.here()
        .answer(
            Future.all(deployed)
                .map(_ -> deployed.stream().map(Future::result).toList())
                .compose(shells -> beginAll(shells, factory)));
  }

  private Future<Served> deploy() {
    var shell = new ServingVerticle();
    return host.vertx()
        .deployVerticle(shell, host.options(loader))
        .compose(deployment -> {
          var one = new Served(shell, deployment, host.probe().watch(module, shell.loop()));
          served.add(one);
          if (!ended) return Future.succeededFuture(one);
          return end(one).transform(_ -> Future.failedFuture(over()));
        });
  }

  private Future<Void> beginAll(List<Served> shells, Supplier<? extends Serving> factory) {
    var begun = shells.stream().map(one -> one.shell().begin(factory)).toList();
    // Joined, so that nothing is stopped while it starts.
    return Future.join(begun)
        .<Void>mapEmpty()
        .recover(failure ->
            endAll(shells).transform(_ -> Future.failedFuture(PluginFault.copy(failure))));
  }

  private Future<Void> endAll(List<Served> shells) {
    return Future.join(shells.stream().map(this::end).toList()).otherwiseEmpty().mapEmpty();
  }

  private Future<Void> end(Served one) {
    served.remove(one);
    return host.deadline()
        .within(host.limits().cleanup(), one.shell().end(), () -> late("a serving did not stop"))
        .onFailure(failure -> complain("serving did not stop cleanly", failure))
        .otherwiseEmpty()
        .compose(_ -> host.undeploy(one.deployment()))
        .onFailure(failure -> complain("serving was not undeployed", failure))
        .otherwiseEmpty()
        .onComplete(_ -> one.watch().close());
  }

  private GatewayError late(String what) {
    return new GatewayError.Failed(
        Scope.MODULE, "%s within %d ms".formatted(what, host.limits().cleanup().toMillis()));
  }

  private void complain(String what, Throwable failure) {
    LOG.atWarn()
        .addKeyValue("module", module)
        .addKeyValue("reason", PluginFault.text(failure))
        .log(what);
  }

  private static GatewayError over() {
    return new GatewayError.Failed(Scope.MODULE, "the module has stopped");
  }

  /** After {@code reconfigure} took them. */
  void changed(Block now) {
    settings = now;
  }

  /** Ends what serves, then takes back everything else. Does not fail. */
  Future<Void> takeBack() {
    ended = true;
    return endAll(List.copyOf(served))
        .compose(_ -> {
          subscriptions.forEach(Events.Subscription::close);
          subscriptions.clear();
          return host.deadline()
              .within(
                  host.limits().cleanup(),
                  loan.takeBack().get(),
                  () -> late("what was lent did not come back"));
        })
        .onFailure(failure -> complain("not everything was taken back", failure))
        .otherwiseEmpty();
  }

  /** As the gateway's own, but that it remembers who listens. */
  private final class OwnEvents implements Events {
    @Override
    public void publish(GatewayEvent event) {
      host.events().publish(event);
    }

    @Override
    public Subscription subscribe(Consumer<GatewayEvent> subscriber) {
      if (ended) throw over();
      Subscription heard = host.events().subscribe(subscriber);
      subscriptions.add(heard);
      return () -> {
        subscriptions.remove(heard);
        heard.close();
      };
    }
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
    return host.vertx();
  }

  @Override
  public Listeners listeners() {
    return loan.listeners();
  }

  @Override
  public Volumes volumes() {
    return loan.volumes();
  }

  @Override
  public Handoffs handoffs() {
    return loan.handoffs();
  }

  @Override
  public Snapshots snapshots() {
    return loan.snapshots();
  }

  @Override
  public Retention retention() {
    return loan.retention();
  }

  @Override
  public Extensions extensions() {
    return host.extensions().get();
  }

  @Override
  public Tasks tasks() {
    return loan.tasks();
  }

  @Override
  public FileWorkers workers() {
    return loan.workers();
  }

  @Override
  public Children children() {
    return loan.children();
  }

  @Override
  public Events events() {
    return new OwnEvents();
  }

  @Override
  public Commands commands() {
    return host.commands();
  }

  @Override
  public AdminRoutes admin() {
    return loan.admin();
  }

  @Override
  public ModuleState state() {
    return loan.state();
  }

  @Override
  public Metrics metrics() {
    return loan.metrics();
  }

  @Override
  public Audit audit() {
    return loan.audit();
  }

  @Override
  public void leaveUnfinished(Rest rest, String what) {
    loan.unfinished().accept(new Unfinished.Left(rest, what));
  }

  @Override
  public List<RecordCompression> compressions() {
    return Zstd.ifItLoads();
  }

  @Override
  public InstantSource clock() {
    return host.clock();
  }
}
