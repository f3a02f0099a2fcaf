package dev.penstock.p2p;

import dev.penstock.p2p.cluster.Cluster;
import dev.penstock.p2p.cluster.ClusterLimits;
import dev.penstock.p2p.cluster.Node;
import dev.penstock.p2p.config.ClusterSettings;
import dev.penstock.p2p.config.Kinds;
import dev.penstock.p2p.config.P2pConfig;
import dev.penstock.p2p.config.RepositorySettings;
import dev.penstock.p2p.config.ServedSettings;
import dev.penstock.p2p.flow.Permits;
import dev.penstock.p2p.serve.Meters;
import dev.penstock.p2p.serve.Observer;
import dev.penstock.p2p.serve.Served;
import dev.penstock.p2p.serve.ServedIndex;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.config.Block;
import dev.penstock.spi.content.KeyStore;
import dev.penstock.spi.module.ModuleContext;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * The repositories of the configuration, and the clusters of them: opened at the start, and again
 * every while where something stood in the way.
 *
 * <p><b>Lifecycle.</b> {@link #open}, {@link #openMissing} from a timer, {@link #close}.
 * <b>Threads.</b> The module's context; {@link #index} and {@link #states} are for any.
 */
final class Repositories {
  /** What makes one, and what is known of it. */
  private static final class Entry {
    private final ServedSettings settings;
    private final String kind;
    private final Block storeSettings;
    private final Supplier<KeyStore> maker;
    private final Meters meters;
    private final List<String> nodes;
    private boolean opening;
    private volatile Optional<Served> served = Optional.empty();
    private volatile Optional<String> trouble = Optional.of("it is being opened");

    private Entry(
        ServedSettings settings,
        String kind,
        Block storeSettings,
        Supplier<KeyStore> maker,
        Meters meters,
        List<String> nodes) {
      this.settings = settings;
      this.kind = kind;
      this.storeSettings = storeSettings;
      this.maker = maker;
      this.meters = meters;
      this.nodes = nodes;
    }

    private RepositoryState state() {
      Optional<Served> now = served;
      return new RepositoryState(
          settings,
          kind,
          now.map(Served::uuid),
          trouble,
          meters,
          RepositoryState.nodes(now, nodes),
          RepositoryState.pool(now));
    }
  }

  private static final String CLUSTER = "cluster";

  /** A request of a client asks each node of a cluster once or twice. */
  private static final int ACCESSES_WAITING_MAX = 4096;

  private static final Duration ACCESS_WAIT = Duration.ofSeconds(30);

  private final ModuleContext context;
  private final Observer observer;
  private final Permits accesses;
  private final List<Entry> entries = new ArrayList<>();
  private final Map<String, KeyStore> open = new ConcurrentHashMap<>();
  private volatile ServedIndex index = ServedIndex.EMPTY;
  private boolean closed;

  Repositories(ModuleContext context, P2pConfig config, Observer observer) {
    this.context = context;
    this.accesses =
        new Permits(
            context.vertx(),
            "accesses to nodes of clusters",
            config.limits().nodeAccesses(),
            ACCESSES_WAITING_MAX,
            ACCESS_WAIT);
    Set<String> here =
        config.clusters().stream().map(ClusterSettings::uuid).collect(Collectors.toSet());
    this.observer = observer;
    for (RepositorySettings one : config.repositories())
      entries.add(
          new Entry(
              one.served(),
              one.kind(),
              one.store(),
              () -> new Kinds(context.extensions()).take(one.kind()),
              observer.meters(one.served().name()),
              List.of()));
    for (ClusterSettings one : config.clusters())
      entries.add(
          new Entry(
              one.served(),
              CLUSTER,
              Block.empty(context.settings().name(), context.settings().at()),
              () -> cluster(one, here),
              observer.meters(one.served().name()),
              one.nodes()));
  }

  /**
   * @param here by which other gateways know that they have come back to this one
   */
  private KeyStore cluster(ClusterSettings settings, Set<String> here) {
    List<Node> nodes =
        settings.nodes().stream()
            .map(name -> new Node(name, Node.COST, () -> Optional.ofNullable(open.get(name))))
            .toList();
    return new Cluster(
        settings.served().name(), settings.uuid(), nodes, here, accesses, ClusterLimits.DEFAULTS);
  }

  ServedIndex index() {
    return index;
  }

  /** In the order of the configuration, clusters last. */
  List<RepositoryState> states() {
    return entries.stream().map(Entry::state).toList();
  }

  Set<String> names() {
    return entries.stream().map(one -> one.settings.name()).collect(Collectors.toSet());
  }

  /** Clusters after their nodes. Does not fail: what cannot be opened is tried again. */
  Future<Void> open() {
    return openAll(false).compose(_ -> openAll(true));
  }

  private Future<Void> openAll(boolean clusters) {
    return Future.join(
            entries.stream()
                .filter(one -> one.kind.equals(CLUSTER) == clusters)
                .filter(one -> one.served.isEmpty() && !one.opening)
                .map(this::open)
                .toList())
        .mapEmpty();
  }

  void openMissing() {
    if (!closed) open();
  }

  private Future<Void> open(Entry entry) {
    entry.opening = true;
    String name = entry.settings.name();
    return attempt(entry)
        .transform(opened -> {
          entry.opening = false;
          if (opened.failed()) failed(entry, opened.cause());
          else if (closed) return opened.result().store().close();
          else serve(entry, name, opened.result());
          return Future.succeededFuture();
        });
  }

  private Future<Served> attempt(Entry entry) {
    KeyStore store;
    try {
      store = entry.maker.get();
    } catch (Throwable thrown) { // of a plugin, whatever it likes
      return Future.failedFuture(thrown);
    }
    return guarded(
            () -> store.open(new StoreContext(entry.settings.name(), entry.storeSettings, context)))
        .map(_ -> served(entry, store))
        .recover(why -> guarded(store::close).transform(_ -> Future.failedFuture(why)));
  }

  private Served served(Entry entry, KeyStore store) {
    String uuid = store.uuid();
    if (index.hasUuid(uuid))
      throw new GatewayError.Conflict(
          "another repository that is served here has the uuid %s".formatted(uuid));
    return new Served(entry.settings, entry.kind, uuid, store, entry.meters);
  }

  private static Future<Void> guarded(Supplier<Future<Void>> call) {
    try {
      return call.get();
    } catch (Throwable thrown) { // of a plugin, whatever it likes
      return Future.failedFuture(
          new GatewayError.Failed(Scope.RESOURCE, "the kind of the repository failed", thrown));
    }
  }

  private void serve(Entry entry, String name, Served served) {
    if (index.hasUuid(served.uuid())) { // two were opened side by side
      served.store().close();
      failed(entry, new GatewayError.Conflict("another repository has its uuid " + served.uuid()));
      return;
    }
    entry.served = Optional.of(served);
    entry.trouble = Optional.empty();
    open.put(name, served.store());
    index = new ServedIndex(entries.stream().flatMap(one -> one.served.stream()).toList());
    observer.tell(Observer.REPOSITORY_OPENED, Map.of("repository", name, "uuid", served.uuid()));
  }

  /** Told once for each reason. */
  private void failed(Entry entry, Throwable why) {
    String what = why instanceof GatewayError error ? error.what() : String.valueOf(why);
    if (entry.trouble.filter(what::equals).isPresent()) return;
    entry.trouble = Optional.of(what);
    observer.tell(
        Observer.REPOSITORY_FAILED, Map.of("repository", entry.settings.name(), "reason", what));
  }

  /** Clusters before their nodes. Does not fail. */
  Future<Void> close() {
    closed = true;
    index = ServedIndex.EMPTY;
    return closeAll(true).transform(_ -> closeAll(false)).otherwiseEmpty();
  }

  private Future<Void> closeAll(boolean clusters) {
    List<Future<Void>> closing = new ArrayList<>();
    for (Entry entry : entries) {
      if (entry.kind.equals(CLUSTER) != clusters) continue;
      entry.served.ifPresent(one -> closing.add(guarded(() -> one.store().close())));
      entry.served = Optional.empty();
      open.remove(entry.settings.name());
    }
    return Future.join(closing).mapEmpty();
  }
}
