package dev.penstock.replication;

import dev.penstock.replication.admin.BandwidthRoutes;
import dev.penstock.replication.admin.JobRoutes;
import dev.penstock.replication.admin.MigrationRoutes;
import dev.penstock.replication.admin.PeerRoutes;
import dev.penstock.replication.config.PeerAddress;
import dev.penstock.replication.config.PeerSettings;
import dev.penstock.replication.config.PhaseLimits;
import dev.penstock.replication.config.ReplicationConfig;
import dev.penstock.replication.forward.ForwardDesk;
import dev.penstock.replication.forward.Forwarding;
import dev.penstock.replication.job.CopyChecks;
import dev.penstock.replication.job.Jobs;
import dev.penstock.replication.job.Sites;
import dev.penstock.replication.migrate.Migrations;
import dev.penstock.replication.migrate.Mirrors;
import dev.penstock.replication.peer.CommandSocket;
import dev.penstock.replication.peer.PeerDesk;
import dev.penstock.replication.peer.PeerLink;
import dev.penstock.replication.peer.PeerListener;
import dev.penstock.replication.site.SiteLimits;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.admin.Route;
import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.module.GatewayModule;
import dev.penstock.spi.module.ModuleContext;
import dev.penstock.spi.module.ModuleContext.Rest;
import dev.penstock.spi.module.ModuleDescriptor;
import dev.penstock.spi.tls.CertificateWatch;
import dev.penstock.spi.tls.TlsIdentity;
import io.vertx.core.Future;
import io.vertx.core.net.ClientSSLOptions;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.pf4j.Extension;

/** Takes snapshots, and keeps copies of volumes in other stores and at other gateways. */
@Extension
public final class ReplicationModule implements GatewayModule {
  /** Questions beside the streams of a peer. */
  private static final int QUESTIONS_AT_ONCE = 4;

  private final Map<String, PeerLink> links = new LinkedHashMap<>();
  private final List<PeerListener> listeners = new ArrayList<>();
  private Optional<ModuleContext> host = Optional.empty();
  private Optional<CertificateWatch> certificate = Optional.empty();
  private volatile Optional<TlsIdentity> shown = Optional.empty();
  private Optional<Jobs> jobs = Optional.empty();
  private Optional<Migrations> migrations = Optional.empty();
  private Optional<CopyChecks> checks = Optional.empty();
  private volatile Optional<Forwarding> forwarding = Optional.empty();
  private Optional<ForwardDesk> forwarded = Optional.empty();

  @Override
  public ModuleDescriptor descriptor() {
    return new ModuleDescriptor(
        "replication", "Copies of volumes in other stores and at other gateways");
  }

  @Override
  public void validate(Block settings, Problems problems) {
    ReplicationConfig.read(settings, problems);
  }

  @Override
  public Future<Void> start(ModuleContext context) {
    host = Optional.of(context);
    var config = ReplicationConfig.read(context.settings(), new Problems());
    var moving =
        new Migrations(
            context,
            this::link,
            new Mirrors(context, this::clientTls),
            (volume, gone) -> forwarding.ifPresent(way -> way.tried(volume, gone)));
    var clients = new ForwardDesk("module " + context.module(), context.vertx(), context::handoffs);
    forwarded = Optional.of(clients);
    var sites = new Sites(context, this::link, moving.desk(clients::expect));
    return identity(context, config)
        .compose(identity ->
            openLinks(context, config, identity)
                .compose(_ -> openListeners(context, config, sites, clients, identity)))
        .compose(_ -> {
          var made = new Jobs(context, config, sites);
          jobs = Optional.of(made);
          migrations = Optional.of(moving);
          moving.start();
          var checking = new CopyChecks(context, config);
          checks = Optional.of(checking);
          checking.start();
          mount(context, made, moving);
          return made.start();
        })
        .compose(_ -> {
          var leading = new Forwarding(context, config.forward(), this::link);
          forwarding = Optional.of(leading);
          return leading.start();
        });
  }

  private Future<Optional<TlsIdentity>> identity(ModuleContext context, ReplicationConfig config) {
    if (config.tls().isEmpty()) return Future.succeededFuture(Optional.empty());
    var watch =
        new CertificateWatch(
            context.vertx(),
            context.clock(),
            context.events(),
            context.module(),
            config.tls().get().files(),
            this::show);
    certificate = Optional.of(watch);
    context
        .metrics()
        .gauge(
            "replication_certificate_left_seconds",
            "Seconds until the certificate that peers are shown ends",
            watch::secondsLeft);
    return watch
        .start()
        .map(identity -> {
          shown = Optional.of(identity);
          return shown;
        });
  }

  /** With which it connects to what is no gateway. */
  private Optional<ClientSSLOptions> clientTls() {
    return shown.map(identity ->
        new ClientSSLOptions()
            .setHostnameVerificationAlgorithm("HTTPS")
            .setKeyCertOptions(identity.options())
            .setTrustOptions(identity.trust()));
  }

  /** New connections, in either direction, are shown this. */
  private void show(TlsIdentity identity) {
    shown = Optional.of(identity);
    links.values().forEach(link -> link.show(identity));
    listeners.forEach(listener -> listener.show(identity));
  }

  private Future<Void> openLinks(
      ModuleContext context, ReplicationConfig config, Optional<TlsIdentity> identity) {
    List<Future<Void>> opening = new ArrayList<>();
    for (PeerSettings peer : config.peers()) {
      if (peer.address().isEmpty()) continue;
      Optional<CommandSocket> command =
          peer.address().get() instanceof PeerAddress.Command(List<String> arguments)
              ? Optional.of(new CommandSocket(context.vertx(), context.children(), arguments))
              : Optional.empty();
      var link =
          new PeerLink(
              context.vertx(), peer, identity, command, config.steps() + QUESTIONS_AT_ONCE);
      links.put(peer.name(), link);
      opening.add(link.open());
    }
    return Future.join(opening).mapEmpty(); // nothing is closed while it opens
  }

  private PeerLink link(String peer) {
    PeerLink link = links.get(peer);
    if (link == null)
      throw new GatewayError.Invalid("peer %s has no address to reach it by".formatted(peer));
    return link;
  }

  private Future<Void> openListeners(
      ModuleContext context,
      ReplicationConfig config,
      Sites sites,
      ForwardDesk clients,
      Optional<TlsIdentity> identity) {
    var limits = PhaseLimits.DEFAULTS;
    var desk =
        new PeerDesk(
            context.vertx(),
            context.tasks(),
            new SiteLimits(limits.planning(), limits.transfer(), limits.finishing()),
            clients,
            PeerDesk.hello(context.module(), context.compressions()));
    Map<String, PeerSettings> byCertificate = config.peersByCertificate();
    List<Future<Void>> opening = new ArrayList<>();
    for (var settings : config.listen()) {
      var listener =
          new PeerListener(
              context.vertx(),
              settings,
              context.listeners(),
              desk,
              names -> named(byCertificate, names).map(sites::guest),
              name -> config.peer(name).map(sites::guest));
      listeners.add(listener);
      opening.add(listener.open(identity));
    }
    return Future.join(opening).mapEmpty(); // nothing is closed while it opens
  }

  private static Optional<PeerSettings> named(
      Map<String, PeerSettings> byCertificate, Collection<String> names) {
    return names.stream()
        .flatMap(name -> Optional.ofNullable(byCertificate.get(name)).stream())
        .findFirst();
  }

  private void mount(ModuleContext context, Jobs made, Migrations moving) {
    List<Route> routes = new ArrayList<>();
    routes.addAll(new JobRoutes(context, made).routes());
    routes.addAll(new BandwidthRoutes(made).routes());
    routes.addAll(new MigrationRoutes(moving).routes());
    var config = ReplicationConfig.read(context.settings(), new Problems());
    routes.addAll(new PeerRoutes(context, config, List.copyOf(listeners), this::link).routes());
    context.admin().mount(routes, openapi());
  }

  static String openapi() {
    try (InputStream in = ReplicationModule.class.getResourceAsStream("openapi.yaml")) {
      if (in == null) throw new IllegalStateException("the plugin's archive lacks openapi.yaml");
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Runs end first: without their connections they would take the peer for away. */
  @Override
  public Future<Void> stop() {
    checks.ifPresent(CopyChecks::close);
    certificate.ifPresent(CertificateWatch::close);
    forwarding.ifPresent(Forwarding::close);
    return migrations
        .map(Migrations::close)
        .orElseGet(() -> Future.succeededFuture(Migrations.Left.NOTHING))
        .onSuccess(left -> host.ifPresent(context -> tell(context, left)))
        .transform(_ -> jobs.map(Jobs::close).orElseGet(Future::succeededFuture))
        .eventually(this::disconnect);
  }

  private static void tell(ModuleContext context, Migrations.Left left) {
    left.brokenOff()
        .forEach((volume, to) ->
            context.leaveUnfinished(
                Rest.BROKEN_OFF,
                "aborted: the migration of %s to %s; it is owned here, and has to be started anew"
                    .formatted(volume, to.peer())));
    left.unconfirmed()
        .forEach((volume, to) ->
            context.leaveUnfinished(
                Rest.FOR_THE_NEXT_START,
                "handed over, not confirmed: %s to %s; start again to finish it"
                    .formatted(volume, to.peer())));
  }

  private Future<Void> disconnect() {
    List<Future<Void>> closing = new ArrayList<>();
    listeners.forEach(listener -> closing.add(listener.close()));
    links.values().forEach(link -> closing.add(link.close()));
    return Future.join(closing)
        .eventually(() -> forwarded.map(ForwardDesk::close).orElseGet(Future::succeededFuture))
        .mapEmpty();
  }
}
