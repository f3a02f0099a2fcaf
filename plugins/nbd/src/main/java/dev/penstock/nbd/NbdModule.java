package dev.penstock.nbd;

import dev.penstock.nbd.admin.ConnectionRoutes;
import dev.penstock.nbd.admin.DrainRoutes;
import dev.penstock.nbd.admin.ExportRoutes;
import dev.penstock.nbd.admin.LimitRoutes;
import dev.penstock.nbd.admin.ReceptionRoutes;
import dev.penstock.nbd.config.ListenSettings;
import dev.penstock.nbd.config.NbdConfig;
import dev.penstock.nbd.export.Budget;
import dev.penstock.nbd.export.ExportRegistry;
import dev.penstock.nbd.receive.Reception;
import dev.penstock.nbd.serve.ConnectionBook;
import dev.penstock.nbd.serve.Listener;
import dev.penstock.nbd.serve.NbdServing;
import dev.penstock.nbd.serve.Security;
import dev.penstock.nbd.transmit.Surroundings;
import dev.penstock.spi.admin.Route;
import dev.penstock.spi.bus.Events;
import dev.penstock.spi.bus.GatewayEvent;
import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.module.FileHandles;
import dev.penstock.spi.module.GatewayModule;
import dev.penstock.spi.module.ModuleContext;
import dev.penstock.spi.module.ModuleDescriptor;
import dev.penstock.spi.ownership.Ownership;
import io.vertx.core.Future;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.pf4j.Extension;

/** Serves volumes over NBD. The parts and how they hang together; each does its own work. */
@Extension
public final class NbdModule implements GatewayModule {
  /** How often an export whose volume was not there is tried again, besides when one appears. */
  static final Duration OPEN_AGAIN = Duration.ofSeconds(5);

  /** What there is from start to stop. */
  private record Running(
      ModuleContext context,
      NbdConfig config,
      ExportRegistry registry,
      ExportKeeper keeper,
      LimitsKeeper limits,
      List<Listener> listeners,
      List<NbdServing> servings,
      List<Reception> receptions,
      Optional<Certificate> certificate,
      Events.Subscription subscription,
      long timer) {}

  private @Nullable Running running;

  @Override
  public ModuleDescriptor descriptor() {
    return new ModuleDescriptor("nbd", "Serves volumes over NBD");
  }

  @Override
  public void validate(Block settings, Problems problems) {
    NbdConfig config = NbdConfig.read(settings, problems);
    config
        .tls()
        .ifPresent(tls ->
            tls.files()
                .unreadable()
                .forEach(what ->
                    problems.add(
                        settings.at("tls"), "%s: tls: %s".formatted(settings.name(), what))));
  }

  /** Each connection is one; listeners are few. */
  @Override
  public List<FileHandles> fileHandles(Block settings) {
    var problems = new Problems();
    int most = NbdConfig.read(settings, problems).limits().connections();
    return List.of(
        new FileHandles(
            most,
            "connections of " + settings.name(),
            settings.block("limits", problems).at("connections")));
  }

  @Override
  public Future<Void> start(ModuleContext context) {
    NbdConfig config = NbdConfig.read(context.settings(), new Problems());
    var observer =
        new NbdObserver(
            context.module(),
            context.events(),
            context.clock(),
            context.metrics(),
            context.audit());
    var turns = new Turns();
    var limits = new LimitsKeeper(config.limits(), context.state(), observer, turns);
    var budget = new Budget(limits.limits().totalBytes());
    limits.onChange(changed -> budget.resize(changed.totalBytes()));
    var registry =
        new ExportRegistry(
            context.module(),
            context.vertx(),
            context.volumes(),
            limits::limits,
            budget,
            System::nanoTime);
    var keeper = new ExportKeeper(registry, new ExportState(context.state()), observer, turns);
    var book = new ConnectionBook(() -> limits.limits().connections());
    gauges(context, book, registry, budget);
    List<Reception> receptions =
        config.receive().stream().map(one -> new Reception(context, one)).toList();
    var now =
        new Running(
            context,
            config,
            registry,
            keeper,
            limits,
            new ArrayList<>(),
            new CopyOnWriteArrayList<>(),
            receptions,
            config.tls().map(tls -> new Certificate(context, tls)),
            context.events().subscribe(event -> heard(event, registry, receptions)),
            context
                .vertx()
                .setPeriodic(
                    OPEN_AGAIN.toMillis(),
                    _ -> {
                      registry.openWaiting();
                      prepare(receptions);
                    }));
    running = now;
    var surroundings =
        new Surroundings(registry, limits::limits, budget, observer, System::nanoTime);
    // What is to come is known as such before an export could take it for what is there.
    return prepare(receptions)
        .compose(_ -> {
          mount(context, registry, keeper, limits, book, receptions);
          // Both take their turn now: what the API asks for meanwhile comes after them.
          return Future.all(limits.configured(config.limits()), keeper.restore(config));
        })
        .compose(_ -> security(now))
        .compose(security -> claim(now, security))
        .compose(_ ->
            context.serve(ModuleContext.CORES, () -> serving(now, book, surroundings, observer)))
        .compose(_ -> open(now))
        .onSuccess(_ -> announce(now, observer));
  }

  private static NbdServing serving(
      Running now, ConnectionBook book, Surroundings surroundings, NbdObserver observer) {
    var serving =
        new NbdServing(
            now.context.vertx(), now.context.clock(), book, surroundings, observer::refused);
    now.servings.add(serving);
    return serving;
  }

  private static Future<Optional<Security>> security(Running now) {
    return now.certificate.isEmpty()
        ? Future.succeededFuture(Optional.empty())
        : now.certificate.get().start().map(Optional::of);
  }

  private static Future<Void> claim(Running now, Optional<Security> security) {
    Future<Void> claimed = Future.succeededFuture();
    for (ListenSettings settings : now.config.listen()) {
      claimed =
          claimed.compose(_ ->
              now.context
                  .listeners()
                  .claim(settings.address())
                  .map(claim -> {
                    now.listeners.add(new Listener(settings, claim, security));
                    return null;
                  }));
    }
    for (Reception reception : now.receptions)
      claimed = claimed.compose(_ -> claim(now, reception));
    return claimed;
  }

  private static Future<Void> claim(Running now, Reception reception) {
    ListenSettings settings = reception.settings().listener();
    return now.context
        .listeners()
        .claim(settings.address())
        .map(claim -> {
          now.listeners.add(
              new Listener(settings, claim, Optional.empty(), Optional.of(reception)));
          return null;
        });
  }

  /** Those that something stood in the way of are tried again: a store may be there by now. */
  private static Future<Void> prepare(List<Reception> receptions) {
    return Future.join(
            receptions.stream()
                .filter(one -> one.trouble().isPresent())
                .map(Reception::prepare)
                .toList())
        .mapEmpty();
  }

  /** One after the other: each event loop accepts for some of the listeners. */
  private static Future<Void> open(Running now) {
    List<NbdServing> servings = new ArrayList<>(now.servings);
    Future<Void> open = Future.succeededFuture();
    for (Listener listener : now.listeners) {
      List<NbdServing> order = List.copyOf(servings);
      Collections.rotate(servings, 1);
      open = open.compose(_ -> listener.open(order));
    }
    return open;
  }

  private static void announce(Running now, NbdObserver observer) {
    Optional<String> shown =
        now.registry.all().stream().map(export -> export.settings().name()).sorted().findFirst();
    for (Listener listener : now.listeners) {
      observer.listening(
          listener.address(), shown.map(export -> "nbdinfo " + NbdUri.of(listener, export)));
    }
  }

  private static void mount(
      ModuleContext context,
      ExportRegistry registry,
      ExportKeeper keeper,
      LimitsKeeper limits,
      ConnectionBook book,
      List<Reception> receptions) {
    List<Route> routes = new ArrayList<>(new ExportRoutes(registry, keeper).routes());
    routes.addAll(
        new DrainRoutes(registry, keeper, context.tasks(), () -> limits.limits().shutdown())
            .routes());
    routes.addAll(new ConnectionRoutes(book).routes());
    routes.addAll(new LimitRoutes(limits).routes());
    routes.addAll(new ReceptionRoutes(receptions).routes());
    context.admin().mount(routes, openapi());
  }

  static String openapi() {
    try (InputStream in = NbdModule.class.getResourceAsStream("openapi.yaml")) {
      if (in == null) throw new IllegalStateException("the plugin's archive lacks openapi.yaml");
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void gauges(
      ModuleContext context, ConnectionBook book, ExportRegistry registry, Budget budget) {
    context.metrics().gauge("nbd_connections", "Connections there are now", book::size);
    context.metrics().gauge("nbd_exports", "Exports there are now", () -> registry.all().size());
    context
        .metrics()
        .gauge(
            "nbd_budget_free_bytes",
            "How much more all connections together may have under way",
            budget::freeBytes);
  }

  /** A volume that was waited for may be there now. */
  private static void heard(
      GatewayEvent event, ExportRegistry registry, List<Reception> receptions) {
    switch (event) {
      case GatewayEvent.OwnershipChanged(var _, String volume, Ownership now) -> {
        for (Reception one : receptions)
          if (one.settings().volume().equals(volume)) one.became(now);
        registry.openWaiting();
      }
      case GatewayEvent.VolumeCreated _, GatewayEvent.StoreOpened _ -> {
        registry.openWaiting();
        prepare(receptions);
      }
      default -> {}
    }
  }

  @Override
  public Future<Boolean> reconfigure(Block settings) {
    Running now = running;
    if (now == null) return Future.succeededFuture(false);
    NbdConfig wanted = NbdConfig.read(settings, new Problems());
    if (!wanted.listen().equals(now.config.listen())
        || !wanted.tls().equals(now.config.tls())
        || !wanted.receive().equals(now.config.receive())) {
      return Future.succeededFuture(false); // those who are connected would notice
    }
    return Future.all(now.limits.configured(wanted.limits()), now.keeper.apply(wanted)).map(true);
  }

  @Override
  public Future<Void> stop() {
    Running now = running;
    running = null;
    if (now == null) return Future.succeededFuture();
    now.subscription.close();
    now.context.vertx().cancelTimer(now.timer);
    now.registry.endAll(); // who still comes in is told so
    return Future.join(now.receptions.stream().map(Reception::stop).toList())
        .transform(_ -> Future.join(now.servings.stream().map(NbdServing::drain).toList()))
        .transform(_ -> Future.join(now.listeners.stream().map(Listener::close).toList()))
        .transform(_ -> Future.join(now.servings.stream().map(NbdServing::stop).toList()))
        .transform(_ -> {
          now.certificate.ifPresent(Certificate::close);
          return Future.join(now.listeners.stream().map(l -> l.claim().release()).toList());
        })
        .transform(_ -> now.registry.close());
  }
}
