package dev.penstock.nbd.export;

import dev.penstock.nbd.config.ExportSettings;
import dev.penstock.nbd.config.Limits;
import dev.penstock.nbd.handshake.ExportOffer;
import dev.penstock.nbd.handshake.Peer;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.volume.Access;
import dev.penstock.spi.volume.VolumeGate;
import dev.penstock.spi.volume.Volumes;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * The exports of a module, by name, and the volumes behind them.
 *
 * <p><b>Threads.</b> What clients need ({@link ServedExports}) and {@link #all}: any. What changes
 * something: the module's context.
 */
public final class ExportRegistry implements ServedExports {
  private record Key(String volume, Access access) {}

  /** A volume that is open or opening, and how many exports use it. */
  private static final class Use {
    private final SharedVolume volume;
    private int exports;

    private Use(SharedVolume volume) {
      this.volume = volume;
    }
  }

  private final String module;
  private final Vertx vertx;
  private final Volumes volumes;
  private final SortedMap<String, Export> exports = new ConcurrentSkipListMap<>();
  private final Map<Key, Use> uses = new HashMap<>();
  private final Map<Key, Future<Void>> closing = new ConcurrentHashMap<>();
  private final Duration leaveLimit;
  private final Set<String> drained = ConcurrentHashMap.newKeySet();
  private volatile Optional<String> defaultExport = Optional.empty();
  private volatile boolean ending;

  /**
   * No exports yet.
   *
   * @param leaveLimit how long the clients of an export that is removed may take to leave
   */
  public ExportRegistry(String module, Vertx vertx, Volumes volumes, Duration leaveLimit) {
    this.module = module;
    this.vertx = vertx;
    this.volumes = volumes;
    this.leaveLimit = leaveLimit;
  }

  /** What a client gets that names no export. */
  public void defaultExport(Optional<String> name) {
    defaultExport = name;
  }

  /** Whether this is what a client gets that names no export. */
  public boolean isDefault(String name) {
    return defaultExport.filter(name::equals).isPresent();
  }

  /** Every export, by name. */
  public List<Export> all() {
    return List.copyOf(exports.values());
  }

  public Optional<Export> named(String name) {
    return Optional.ofNullable(exports.get(name));
  }

  // What clients need.

  @Override
  public Lookup find(String askedFor, Peer peer) {
    Optional<Export> found = lookUp(askedFor);
    if (found.isEmpty()) return new Lookup.Missing(nobodyIs(askedFor));
    Export export = found.get();
    if (ending) return new Lookup.Ending("the server is being stopped");
    if (export.isDrained()) {
      return new Lookup.Ending(
          "export %s is being drained and takes nobody new".formatted(export.settings().name()));
    }
    Optional<ExportOffer> offer = export.offer();
    if (offer.isPresent()) return new Lookup.Found(offer.get());
    String why =
        export.state() instanceof Export.State.Waiting(String reason) ? reason : "it was removed";
    return new Lookup.Missing("export %s: %s".formatted(export.settings().name(), why));
  }

  @Override
  public List<ExportOffer> list(Peer peer) {
    return exports.values().stream()
        .filter(export -> !ending && !export.isDrained())
        .flatMap(export -> export.offer().stream())
        .toList();
  }

  @Override
  public Optional<Attachment> attach(String askedFor, Peer peer, ExportClient client) {
    if (ending) return Optional.empty();
    return lookUp(askedFor).flatMap(export -> export.attach(client));
  }

  private Optional<Export> lookUp(String askedFor) {
    return askedFor.isEmpty() ? defaultExport.flatMap(this::named) : named(askedFor);
  }

  private String nobodyIs(String askedFor) {
    return askedFor.isEmpty()
        ? "there is no default export: ask for one by name"
        : "there is no export " + askedFor;
  }

  // What changes something.

  /**
   * Adds an export, and opens its volume if no other export has it open.
   *
   * @return fails with what opening failed with; the export is there all the same, and waits
   */
  public Future<Void> add(ExportSettings settings) {
    if (exports.containsKey(settings.name())) {
      return Future.failedFuture(
          new GatewayError.Conflict("there is an export %s already".formatted(settings.name())));
    }
    if (exports.size() >= Limits.EXPORTS_MAX) {
      return Future.failedFuture(
          new GatewayError.Conflict(
              "there are %d exports, which is the most".formatted(exports.size())));
    }
    var export = new Export(settings, drained.contains(settings.name()));
    exports.put(settings.name(), export);
    return open(export);
  }

  /** Tries again to open what waits. */
  public void openWaiting() {
    for (Export export : exports.values()) {
      if (export.state() instanceof Export.State.Waiting) open(export).otherwiseEmpty();
    }
  }

  private Future<Void> open(Export export) {
    Key key = key(export.settings());
    return take(key)
        .onFailure(why -> {
          giveBack(key);
          export.waiting(why instanceof GatewayError e ? e.what() : why.toString());
        })
        .compose(gate -> {
          // Opened twice, by a retry that came while the first attempt was under way.
          boolean already = export.state() instanceof Export.State.Open;
          if (!already && export.opened(gate)) return Future.succeededFuture();
          return giveBack(key);
        });
  }

  /** Changes what is only said of an export. */
  public void describe(ExportSettings same) {
    named(same.name()).ifPresent(export -> export.describe(same));
  }

  /**
   * Removes an export: nobody new gets in, those connected finish and leave.
   *
   * @return completes when they have, and the volume was given back if nobody else needs it
   */
  public Future<Void> remove(String name) {
    Export export = exports.remove(name);
    if (export == null) return Future.succeededFuture();
    boolean open = export.state() instanceof Export.State.Open;
    Future<Void> left = export.remove(leaveLimit);
    return open ? left.compose(_ -> giveBack(key(export.settings()))) : left;
  }

  /**
   * Lets nobody use an export of this name until it is resumed, and asks who does to leave. An
   * export that is added later is drained from its beginning.
   *
   * @param limit how long clients may take with what is under way before they are cut
   * @return completes when all have left; fails with {@link GatewayError.Conflict} if it is resumed
   *     first
   */
  public Future<Void> drain(String name, Duration limit) {
    drained.add(name);
    return named(name).map(export -> export.drain(limit)).orElseGet(Future::succeededFuture);
  }

  /** Lets clients use an export again. Harmless if it was not drained. */
  public void resume(String name) {
    drained.remove(name);
    named(name).ifPresent(Export::resume);
  }

  /** From now on nobody gets an export; who asks for one is told that the server is stopping. */
  public void endAll() {
    ending = true;
  }

  /** Removes all of them. */
  public Future<Void> close() {
    List<Future<Void>> removals = new ArrayList<>();
    for (String name : List.copyOf(exports.keySet())) {
      removals.add(remove(name));
    }
    return Future.join(removals).<Void>mapEmpty().otherwiseEmpty();
  }

  private synchronized Future<VolumeGate> take(Key key) {
    Use use = uses.get(key);
    if (use == null) {
      Future<Void> before = closing.getOrDefault(key, Future.succeededFuture());
      if (!before.isComplete()) return before.compose(_ -> take(key));
      var volume = new SharedVolume("module " + module, vertx, volumes, key.volume, key.access);
      use = new Use(volume);
      uses.put(key, use);
    }
    use.exports++;
    return use.volume.gate();
  }

  private synchronized Future<Void> giveBack(Key key) {
    Use use = uses.get(key);
    if (use == null || --use.exports > 0) return Future.succeededFuture();
    uses.remove(key);
    Future<Void> closed = use.volume.close();
    closing.put(key, closed);
    return closed.onComplete(_ -> closing.remove(key, closed));
  }

  private static Key key(ExportSettings settings) {
    return new Key(settings.volume(), settings.readOnly() ? Access.READ : Access.WRITE);
  }
}
