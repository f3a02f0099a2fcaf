package dev.penstock.nbd.export;

import dev.penstock.nbd.config.ExportSettings;
import dev.penstock.nbd.config.Limits;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.volume.VolumeGate;
import dev.penstock.spi.volume.VolumeName;
import dev.penstock.spi.volume.Volumes;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * The exports of a module, by name, and the volumes behind them.
 *
 * <p><b>Threads.</b> What clients need ({@link ServedExports}) and {@link #all}: any. What changes
 * something: the module's context.
 */
public final class ExportRegistry implements ServedExports {
  /** After which whoever asked while the module stopped may ask again. */
  private static final Duration START_AGAIN = Duration.ofSeconds(5);

  private final SharedVolumes volumes;
  private final Snapshots snapshots;
  private final Supplier<Limits> limits;
  private final Budget budget;
  private final LongSupplier nanoClock;
  private final SortedMap<String, Export> exports = new ConcurrentSkipListMap<>();
  private final Set<Export> opening = ConcurrentHashMap.newKeySet();
  private final Set<String> drained = ConcurrentHashMap.newKeySet();
  private volatile Optional<String> defaultExport = Optional.empty();
  private volatile boolean ending;

  public ExportRegistry(
      String module,
      Vertx vertx,
      Volumes volumes,
      Supplier<Limits> limits,
      Budget budget,
      LongSupplier nanoClock) {
    this.volumes = new SharedVolumes("module " + module, vertx, nanoClock, volumes, this::dismiss);
    this.snapshots = new Snapshots(volumes);
    this.limits = limits;
    this.budget = budget;
    this.nanoClock = nanoClock;
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
  public Visit visit(ExportClient client) {
    return new ExportVisit(this, client);
  }

  /**
   * What a client means.
   *
   * @param snapshot which snapshot of what the export serves; empty for that itself
   */
  record Wanted(Export export, Optional<String> snapshot) {}

  /** An export goes before a snapshot that could be meant by its name. */
  Optional<Wanted> wanted(String askedFor) {
    Optional<String> name = askedFor.isEmpty() ? defaultExport : Optional.of(askedFor);
    return name.flatMap(this::named)
        .map(export -> new Wanted(export, Optional.empty()))
        .or(() -> wantedSnapshot(askedFor));
  }

  private Optional<Wanted> wantedSnapshot(String askedFor) {
    int at = askedFor.lastIndexOf('@');
    if (at < 0) return Optional.empty();
    String snapshot = askedFor.substring(at + 1);
    if (VolumeName.objection(snapshot).isPresent()) return Optional.empty();
    return named(askedFor.substring(0, at))
        .filter(export -> export.settings().snapshots())
        .map(export -> new Wanted(export, Optional.of(snapshot)));
  }

  /** Every export by name, each as it is when its turn comes. */
  Stream<Export> each() {
    return exports.values().stream();
  }

  /**
   * Fails if something is not known within half of a client's time for its handshake, so that the
   * client is told rather than cut.
   */
  <T> Future<T> soon(Future<T> known) {
    if (known.isComplete()) return known;
    return known.timeout(limits.get().handshake().toMillis() / 2, TimeUnit.MILLISECONDS);
  }

  int requestBytesMax() {
    return limits.get().requestBytes();
  }

  boolean isEnding() {
    return ending;
  }

  Snapshots snapshots() {
    return snapshots;
  }

  String nobodyIs(String askedFor) {
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
    try {
      requireRoomFor(settings.name());
    } catch (GatewayError.Conflict full) {
      return Future.failedFuture(full);
    }
    var export = newExport(settings);
    exports.put(settings.name(), export);
    return open(export);
  }

  private Export newExport(ExportSettings settings) {
    return new Export(settings, drained.contains(settings.name()), nanoClock, budget.part());
  }

  /**
   * Looks whether an export of this name could be added, or take the place of another.
   *
   * @throws GatewayError.Conflict if there are too many
   */
  public void requireRoomFor(String name) {
    if (exports.containsKey(name) || exports.size() < Limits.EXPORTS_MAX) return;
    throw new GatewayError.Conflict(
        "there are %d exports, which is the most".formatted(exports.size()));
  }

  /** Opens what an export would serve, which need not be there; fails with what opening fails. */
  public Future<OpenedVolume> open(ExportSettings settings) {
    return volumes.take(settings).map(served -> new OpenedVolume(volumes, settings, served));
  }

  /**
   * Adds an export whose volume is open. Where there is one of its name it takes its place, so that
   * nobody finds none: those connected to that one finish and leave.
   *
   * @return whether it took the place of another
   * @throws GatewayError.Unavailable if all exports are being removed
   */
  public boolean put(ExportSettings settings, OpenedVolume volume) {
    if (ending) {
      throw new GatewayError.Unavailable(
          GatewayError.Scope.MODULE,
          START_AGAIN,
          "the module is being stopped; it has export %s when it starts"
              .formatted(settings.name()));
    }
    var export = newExport(settings);
    export.opened(volume.keep());
    Export before = exports.put(settings.name(), export);
    if (before == null) return false;
    end(before).otherwiseEmpty();
    return true;
  }

  /** Tries again to open what waits. */
  public void openWaiting() {
    for (Export export : exports.values()) {
      if (export.state() instanceof Export.State.Waiting && !opening.contains(export)) {
        open(export).otherwiseEmpty();
      }
    }
  }

  private Future<Void> open(Export export) {
    ExportSettings settings = export.settings();
    opening.add(export);
    return volumes
        .take(settings)
        .onComplete(_ -> opening.remove(export))
        .onFailure(why -> export.waiting(why instanceof GatewayError e ? e.what() : why.toString()))
        .compose(served ->
            export.opened(served) ? Future.succeededFuture() : volumes.giveBack(settings));
  }

  /** Nobody opens them meanwhile; once they have given their volume back they wait for it. */
  private Future<Void> dismiss(VolumeGate gate, String why, Supplier<Future<Void>> then) {
    List<Export> its =
        exports.values().stream()
            .filter(one -> one.gate().filter(gate::equals).isPresent())
            .toList();
    opening.addAll(its);
    return Future.join(its.stream().map(one -> one.dismiss(why)).toList())
        .compose(_ -> then.get())
        .eventually(
            () -> Future.join(its.stream().map(one -> volumes.giveBack(one.settings())).toList()))
        .onComplete(_ -> its.forEach(opening::remove));
  }

  /**
   * Gives an export other settings that serve the same. Whoever may have it no longer is asked to
   * leave.
   *
   * @return how many those are
   */
  public int change(ExportSettings same) {
    return named(same.name()).map(export -> export.change(same)).orElse(0);
  }

  /**
   * Removes an export: nobody new gets in, those connected finish and leave.
   *
   * @return completes when they have, and the volume was given back if nobody else needs it
   */
  public Future<Void> remove(String name) {
    Export export = exports.remove(name);
    return export == null ? Future.succeededFuture() : end(export);
  }

  private Future<Void> end(Export export) {
    boolean open = export.state() instanceof Export.State.Open;
    Future<Void> left = export.remove(limits.get().shutdown());
    return open ? left.compose(_ -> volumes.giveBack(export.settings())) : left;
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

  /** Exports of these names are drained from their beginning. */
  public void drainFromTheBeginning(Set<String> names) {
    drained.addAll(names);
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
    return Future.join(removals).transform(_ -> volumes.closed()).otherwiseEmpty();
  }
}
