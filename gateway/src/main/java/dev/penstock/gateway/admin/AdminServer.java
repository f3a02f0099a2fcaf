package dev.penstock.gateway.admin;

import dev.penstock.gateway.config.AdminConfig;
import dev.penstock.spi.bus.Events;
import dev.penstock.spi.metrics.Metrics;
import dev.penstock.spi.module.ListenAddress;
import dev.penstock.spi.module.Listeners;
import dev.penstock.spi.tls.CertificateWatch;
import dev.penstock.spi.tls.TlsIdentity;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The admin API.
 *
 * <p><b>Lifecycle.</b> Modules may mount routes as soon as it is made; {@link #start} once, when
 * there is something to show; {@link #stop} once. <b>Threads.</b> Any; nothing blocks. It serves on
 * one event loop of its own, so that nothing of a module's can keep health from answering.
 */
public final class AdminServer {
  private static final Logger LOG = LoggerFactory.getLogger(AdminServer.class);

  /** One archive at a time: it is checked and unpacked, which costs disk and memory. */
  private static final int ARCHIVES_MAX = 1;

  private final Vertx vertx;
  private final AdminConfig config;
  private final Host host;
  private List<CoreRoutes> core;
  private final RouteTable table;
  private final Contracts contracts = new Contracts();
  private volatile List<ListenAddress> addresses = List.of();
  private volatile String deployment = "";
  private volatile long drainMillis;

  /**
   * What the server needs of its host, whatever it shows.
   *
   * @param bus where it says what becomes of its certificate
   * @param run tells this run of the gateway from others
   * @param state the folder for the audit log and for archives as they arrive
   */
  public record Host(
      Listeners listeners,
      Tokens tokens,
      EventSource events,
      Events bus,
      Metrics metrics,
      String run,
      Path state,
      InstantSource clock) {}

  /** With everything that the gateway has to show. */
  public AdminServer(Vertx vertx, AdminConfig config, Host host, Subjects subjects) {
    this(vertx, config, host, List.of());
    core =
        List.of(
            new SelfRoutes(subjects, this::addresses, contracts, host.clock()),
            new ModuleControlRoutes(subjects.modules()),
            new PluginRoutes(subjects.plugins(), config.pluginInstall()),
            new VolumeRoutes(subjects.volumes(), subjects.snapshots()),
            new SnapshotRoutes(subjects.snapshots()),
            new SnapshotsOfVolumeRoutes(subjects.snapshots()),
            new LeaseRoutes(subjects.leases()),
            new TaskRoutes(subjects.tasks()),
            new ConfigRoutes(subjects.config()),
            new TokenRoutes(subjects.tokens()));
  }

  AdminServer(Vertx vertx, AdminConfig config, Host host, List<CoreRoutes> core) {
    this.vertx = vertx;
    this.config = config;
    this.host = host;
    this.core = List.copyOf(core);
    this.table = new RouteTable(vertx);
  }

  /** Where a module mounts its routes; its owner unmounts them when the module has stopped. */
  public ModuleRoutes routesOf(String module) {
    return new ModuleRoutes(table, contracts, module);
  }

  /** Completes when callers can connect; fails with who else has an address. */
  public Future<Void> start() {
    return vertx.deployVerticle(new Serving()).onSuccess(id -> deployment = id).mapEmpty();
  }

  /** Lets requests under way finish, up to a limit; then ends what is left. */
  public Future<Void> stop(Duration limit) {
    if (deployment.isEmpty()) return Future.succeededFuture();
    String deployed = deployment;
    deployment = "";
    drainMillis = limit.toMillis();
    return vertx.undeploy(deployed);
  }

  /** Where it listens, with the ports that it got. */
  public List<ListenAddress> addresses() {
    return addresses;
  }

  RouteTable table() {
    return table;
  }

  Contracts contracts() {
    return contracts;
  }

  /** Everything that belongs to the event loop. */
  private final class Serving extends VerticleBase {
    private final List<AdminListener> listeners = new ArrayList<>();
    private Optional<CertificateWatch> certificate = Optional.empty();
    // Not the vertx that a verticle inherits, which is empty until it is deployed.
    private final EventStream events =
        new EventStream(AdminServer.this.vertx, host.events(), config.limits(), host.run());

    @Override
    public Future<?> start() {
      Context here = Vertx.currentContext();
      if (here == null) throw new IllegalStateException("a verticle has a context");
      Desk desk = desk(here);
      for (CoreRoutes routes : core) table.mount(routes.operations(here));
      return AdminFolder.prepare(vertx, config.socket())
          .compose(_ -> {
            var socket = new ListenAddress.Unix(config.socket());
            return listen(desk, socket, new Door.Socket(), Optional.empty());
          })
          .compose(_ ->
              config.listen().isEmpty()
                  ? Future.succeededFuture()
                  : listenOnTcp(desk, config.listen().get()))
          .recover(failure -> stop().transform(_ -> Future.failedFuture(failure)));
    }

    private Desk desk(Context here) {
      var meters = new Meters(host.metrics());
      var slots = new Slots(config.limits().requestsMax());
      meters.gauges(slots, events);
      return new Desk(
          vertx,
          here,
          config.limits(),
          table,
          slots,
          new Slots(ARCHIVES_MAX),
          events,
          new AuditLog(vertx, host.state()),
          meters,
          host.state().resolve("arriving"),
          host.clock());
    }

    private Door tcpDoor(ListenAddress.Tcp address) {
      List<String> names = new ArrayList<>(List.of("localhost", "127.0.0.1", "::1"));
      names.add(address.host().toLowerCase(Locale.ROOT));
      config.names().forEach(name -> names.add(name.toLowerCase(Locale.ROOT)));
      return new Door.Tcp(config.tls().isPresent() ? "https" : "http", names, host.tokens());
    }

    private Future<Void> listenOnTcp(Desk desk, ListenAddress.Tcp address) {
      if (config.tls().isEmpty()) return listen(desk, address, tcpDoor(address), Optional.empty());
      var watch =
          new CertificateWatch(
              AdminServer.this.vertx,
              host.clock(),
              host.bus(),
              "admin",
              config.tls().get(),
              identity -> listeners.forEach(listener -> listener.show(identity)));
      certificate = Optional.of(watch);
      desk.meters().certificate(watch);
      return watch
          .start()
          .compose(identity -> listen(desk, address, tcpDoor(address), Optional.of(identity)));
    }

    private Future<Void> listen(
        Desk desk, ListenAddress address, Door door, Optional<TlsIdentity> tls) {
      return host.listeners()
          .claim(address)
          .compose(claim -> {
            var listener = new AdminListener(desk, door, claim, tls);
            listeners.add(listener);
            return listener.listen().onSuccess(_ -> listening(address, listener));
          });
    }

    private void listening(ListenAddress address, AdminListener listener) {
      ListenAddress actual =
          address instanceof ListenAddress.Tcp(var name, var _)
              ? new ListenAddress.Tcp(name, listener.port())
              : address;
      List<ListenAddress> all = new ArrayList<>(addresses);
      all.add(actual);
      addresses = List.copyOf(all);
      LOG.atInfo().addKeyValue("address", actual).log("admin API listens");
    }

    @Override
    public Future<?> stop() {
      addresses = List.of();
      events.close();
      certificate.ifPresent(CertificateWatch::close);
      table.unmount(CoreRoutes.OWNER);
      return Future.join(listeners.stream().map(l -> l.close(drainMillis)).toList())
          .otherwiseEmpty();
    }
  }
}
