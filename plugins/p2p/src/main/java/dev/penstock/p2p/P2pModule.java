package dev.penstock.p2p;

import dev.penstock.p2p.access.Users;
import dev.penstock.p2p.access.Verifier;
import dev.penstock.p2p.admin.LockRoutes;
import dev.penstock.p2p.admin.UserRoutes;
import dev.penstock.p2p.config.Kinds;
import dev.penstock.p2p.config.Limits;
import dev.penstock.p2p.config.ListenSettings;
import dev.penstock.p2p.config.P2pConfig;
import dev.penstock.p2p.lock.LockTable;
import dev.penstock.p2p.serve.Listener;
import dev.penstock.p2p.serve.Observer;
import dev.penstock.p2p.serve.P2pServing;
import dev.penstock.p2p.serve.Site;
import dev.penstock.spi.admin.Route;
import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.module.Extensions;
import dev.penstock.spi.module.FileHandles;
import dev.penstock.spi.module.GatewayModule;
import dev.penstock.spi.module.ModuleContext;
import dev.penstock.spi.module.ModuleDescriptor;
import dev.penstock.spi.tls.TlsIdentity;
import io.vertx.core.Future;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.pf4j.Extension;

/**
 * Serves content of git-annex repositories over HTTP. The parts and how they hang together; each
 * does its own work.
 */
@Extension
public final class P2pModule implements GatewayModule {
  /** How often a repository that could not be opened is tried again, and locks are looked at. */
  static final Duration LOOK_EVERY = Duration.ofSeconds(5);

  /** What there is from start to stop. */
  private record Running(
      ModuleContext context,
      P2pConfig config,
      AtomicReference<Limits> limits,
      Users users,
      Repositories repositories,
      LockTable locks,
      Site site,
      Observer observer,
      List<Listener> listeners,
      List<P2pServing> servings,
      AtomicReference<Optional<Certificate>> certificate,
      long timer) {}

  private @Nullable Running running;

  @Override
  public ModuleDescriptor descriptor() {
    return new ModuleDescriptor("p2p", "Serves content of git-annex repositories over HTTP");
  }

  @Override
  public void validate(Block settings, Problems problems) {
    validate(settings, Extensions.NONE, problems);
  }

  @Override
  public void validate(Block settings, Extensions extensions, Problems problems) {
    P2pConfig config = P2pConfig.read(settings, new Kinds(extensions), problems);
    config
        .tls()
        .ifPresent(tls ->
            tls.files()
                .unreadable()
                .forEach(what ->
                    problems.add(
                        settings.at("tls"), "%s: tls: %s".formatted(settings.name(), what))));
  }

  /**
   * A connection is one, and the file that it sends three; an upload has two for its file and two
   * for its lock, and what is locked two.
   */
  @Override
  public List<FileHandles> fileHandles(Block settings) {
    var problems = new Problems();
    Limits limits = P2pConfig.read(settings, new Kinds(Extensions.NONE), problems).limits();
    return List.of(
        new FileHandles(
            4L * limits.connections() + 4L * limits.uploads() + 2L * limits.locks(),
            "connections, uploads and locks of " + settings.name(),
            settings.block("limits", problems).at("connections")));
  }

  @Override
  public Future<Void> start(ModuleContext context) {
    P2pConfig config = read(context, context.settings());
    var limits = new AtomicReference<>(config.limits());
    var observer = new Observer(context);
    var users = new Users(context.state());
    users.configured(config.users());
    var locks = new LockTable(() -> limits.get().locks(), context.clock(), System::nanoTime);
    var repositories = new Repositories(context, config, observer);
    var site =
        new Site(
            config.basePath(),
            limits::get,
            repositories::index,
            users,
            new Verifier(
                users, context.vertx(), context.workers(), () -> limits.get().verifications()),
            locks,
            context.workers(),
            observer,
            new AtomicInteger(),
            new AtomicInteger());
    gauges(context, site);
    var now =
        new Running(
            context,
            config,
            limits,
            users,
            repositories,
            locks,
            site,
            observer,
            new ArrayList<>(),
            new CopyOnWriteArrayList<>(),
            new AtomicReference<>(Optional.empty()),
            context
                .vertx()
                .setPeriodic(
                    LOOK_EVERY.toMillis(),
                    _ -> {
                      locks.expire();
                      repositories.openMissing();
                    }));
    running = now;
    mount(now);
    return repositories
        .open()
        .compose(_ -> identity(now))
        .compose(identity -> claim(now, identity))
        .compose(_ -> context.serve(ModuleContext.CORES, () -> serving(now)))
        .compose(_ -> listening(now));
  }

  private static P2pConfig read(ModuleContext context, Block settings) {
    return P2pConfig.read(settings, new Kinds(context.extensions()), new Problems());
  }

  private static void gauges(ModuleContext context, Site site) {
    var metrics = context.metrics();
    metrics.gauge("p2p_connections", "Connections there are now", site.connections()::get);
    metrics.gauge("p2p_locks", "Locks that clients hold", site.locks()::size);
    metrics.gauge("p2p_uploads", "Uploads under way", site.uploads()::get);
    metrics.gauge("p2p_verifications", "Passwords that are being checked", site.verifier()::checks);
  }

  private static void mount(Running now) {
    List<Route> routes = new ArrayList<>(new RepositoryRoutes(now.repositories).routes());
    routes.addAll(
        new UserRoutes(now.users, now.context.workers(), now.repositories.names()).routes());
    routes.addAll(new LockRoutes(now.locks).routes());
    now.context.admin().mount(routes, openapi());
  }

  static String openapi() {
    try (InputStream in = P2pModule.class.getResourceAsStream("openapi.yaml")) {
      if (in == null) throw new IllegalStateException("the plugin's archive lacks openapi.yaml");
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Future<Optional<TlsIdentity>> identity(Running now) {
    if (now.config.tls().isEmpty()) return Future.succeededFuture(Optional.empty());
    var certificate =
        new Certificate(
            now.context,
            now.config.tls().get(),
            identity -> now.servings.forEach(one -> one.show(identity)));
    now.certificate.set(Optional.of(certificate));
    return certificate.start().map(Optional::of);
  }

  private static Future<Void> claim(Running now, Optional<TlsIdentity> identity) {
    Future<Void> claimed = Future.succeededFuture();
    for (ListenSettings settings : now.config.listen())
      claimed =
          claimed.compose(_ ->
              now.context
                  .listeners()
                  .claim(settings.address())
                  .map(claim -> {
                    now.listeners.add(Listener.of(settings, claim, identity));
                    return null;
                  }));
    return claimed;
  }

  private static P2pServing serving(Running now) {
    var serving = new P2pServing(now.context.vertx(), now.site, now.listeners);
    now.servings.add(serving);
    return serving;
  }

  /** All have bound it: clients may come. */
  private static Future<Void> listening(Running now) {
    Future<Void> open = Future.succeededFuture();
    for (Listener listener : now.listeners)
      open =
          open.compose(_ -> listener.claim().listening(listener.settings().access()))
              .onSuccess(_ ->
                  now.observer.tell(
                      Observer.LISTENING,
                      Map.of("address", now.servings.getFirst().address(listener))));
    return open;
  }

  /** Users and limits, if nothing else has changed: nobody who is connected notices. */
  @Override
  public Future<Boolean> reconfigure(Block settings) {
    Running now = running;
    if (now == null) return Future.succeededFuture(false);
    if (!SameSettings.but(List.of("users", "limits"), settings, now.context.settings()))
      return Future.succeededFuture(false);
    P2pConfig wanted = read(now.context, settings);
    if (!isLive(now.limits.get(), wanted.limits())) return Future.succeededFuture(false);
    now.limits.set(wanted.limits());
    now.users.configured(wanted.users());
    return Future.succeededFuture(true);
  }

  /** Some are built into servers and clusters when they are made. */
  private static boolean isLive(Limits before, Limits after) {
    return before.requestLineBytes() == after.requestLineBytes()
        && before.headerBytes() == after.headerBytes()
        && before.idle().equals(after.idle())
        && before.bodyStall().equals(after.bodyStall())
        && before.nodeAccesses() == after.nodeAccesses();
  }

  @Override
  public Future<Void> stop() {
    Running now = running;
    running = null;
    if (now == null) return Future.succeededFuture();
    now.context.vertx().cancelTimer(now.timer);
    now.locks.close(); // who keeps one is answered, and would wait for ever otherwise
    return Future.join(now.servings.stream().map(P2pServing::drain).toList())
        .transform(_ -> Future.join(now.servings.stream().map(P2pServing::stop).toList()))
        .transform(_ -> {
          now.certificate.get().ifPresent(Certificate::close);
          return Future.join(now.listeners.stream().map(one -> one.claim().release()).toList());
        })
        .transform(_ -> now.repositories.close());
  }
}
