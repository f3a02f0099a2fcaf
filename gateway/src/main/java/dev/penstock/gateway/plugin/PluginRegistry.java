package dev.penstock.gateway.plugin;

import dev.penstock.gateway.bus.Turns;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.bus.Events;
import dev.penstock.spi.bus.GatewayEvent;
import dev.penstock.spi.module.Extensions;
import dev.penstock.spi.module.GatewayModule;
import dev.penstock.spi.volume.VolumeStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/**
 * The plugins of a running gateway: loaded, unloaded, reloaded, installed and removed while it
 * serves.
 *
 * <p><b>Threads.</b> Any; nothing blocks. Changes happen one at a time, in the order in which they
 * are asked for; PF4J and the files are on one worker thread. <b>Errors</b> arrive in the futures.
 */
public final class PluginRegistry implements Kinds {
  private static final long CLASS_LOADING_SECONDS_MAX = 60;

  private final PluginFolder folder;
  private final PluginUse use;
  private final LoaderWatch watch;
  private final Events events;
  private final InstantSource clock;
  private final WorkerExecutor worker;
  private final Turns turns;

  /**
   * @param folder loaded, and not used by anybody else from now on
   * @param turns shared with whoever else changes what runs
   */
  public PluginRegistry(
      Vertx host,
      PluginFolder folder,
      PluginUse use,
      LoaderWatch watch,
      Events events,
      InstantSource clock,
      Turns turns) {
    this.folder = folder;
    this.use = use;
    this.watch = watch;
    this.events = events;
    this.clock = clock;
    this.turns = turns;
    this.worker =
        host.createSharedWorkerExecutor(
            "penstock-plugins", 1, CLASS_LOADING_SECONDS_MAX, TimeUnit.SECONDS);
  }

  /** Every archive in the folder, loaded or not. */
  public List<PluginStatus> plugins() {
    return folder.statuses();
  }

  /** Loaders that something still holds after their plugin was unloaded. */
  public List<LoaderWatch.Retained> retainedLoaders() {
    return watch.retained();
  }

  /** Tells of what was loaded before the gateway ran, and of what was refused. */
  public void tellAll() {
    folder.statuses().forEach(this::tell);
  }

  /** Loads a plugin that lies in the folder, and starts what is configured of its kinds. */
  public Future<PluginStatus> load(String id) {
    return turns.take(() -> loadNow(id));
  }

  /** Stops what runs of the plugin and lets its classes go; the archive stays. */
  public Future<PluginStatus> unload(String id) {
    return turns.take(() -> unloadNow(id));
  }

  /**
   * Unloads, loads the archive as it is now, and starts again what ran. An archive that cannot be
   * loaded changes nothing.
   */
  public Future<PluginStatus> reload(String id) {
    return turns.take(() -> {
      if (!folder.isLoaded(id)) return loadNow(id);
      return onWorker(
              () -> {
                tryOut(folder.archiveOf(id));
                return id;
              })
          .compose(_ -> unloadNow(id))
          .compose(_ -> loadNow(id));
    });
  }

  /**
   * Takes an archive into the folder and loads it, in the place of the version that was there.
   *
   * @param archive is copied, and stays where it is
   * @param sha256 what the caller means to install, in hexadecimal; another is {@link
   *     GatewayError.Invalid}, with nothing changed
   */
  public Future<PluginStatus> install(Path archive, String sha256) {
    return turns.take(() ->
        onWorker(() -> take(archive, sha256))
            .compose(taken ->
                replace(taken)
                    .eventually(() -> onWorker(() -> Files.deleteIfExists(taken.file())))));
  }

  /** Unloads the plugin, if it is loaded, and deletes its archive; older ones of it as well. */
  public Future<Void> remove(String id) {
    return turns.take(() -> {
      Optional<PluginStatus> known = folder.status(id);
      if (known.isEmpty()) return Future.failedFuture(unknown(id));
      Future<PluginStatus> unloaded =
          folder.isLoaded(id) ? unloadNow(id) : Future.succeededFuture(known.get());
      return unloaded.compose(_ -> onWorker(() -> delete(id)));
    });
  }

  private static GatewayError unknown(String id) {
    return new GatewayError.NotFound("there is no plugin %s".formatted(id));
  }

  private Future<PluginStatus> loadNow(String id) {
    return onWorker(() -> loadFromFolder(id))
        .onSuccess(this::tell)
        .compose(status -> use.resume(status).map(status));
  }

  private PluginStatus loadFromFolder(String id) {
    PluginArchive archive = folder.archiveOf(id);
    try {
      return folder.load(archive);
    } catch (GatewayError.Invalid e) {
      folder.refuse(archive.file(), Optional.of(archive), e);
      events.publish(new GatewayEvent.PluginRefused(clock.instant(), id, e.what()));
      throw e;
    }
  }

  private Future<PluginStatus> unloadNow(String id) {
    Optional<PluginStatus> known = folder.status(id);
    if (known.isEmpty()) return Future.failedFuture(unknown(id));
    return onWorker(
            () -> {
              folder.leave(id);
              return id;
            })
        .compose(_ -> use.release(known.get()).onFailure(_ -> folder.stay(id)))
        .compose(_ -> onWorker(() -> letGo(known.get())));
  }

  private PluginStatus letGo(PluginStatus plugin) {
    watch.watch(plugin.id(), plugin.version(), folder.unload(plugin.id()));
    events.publish(new GatewayEvent.PluginUnloaded(clock.instant(), plugin.id(), plugin.version()));
    return folder.status(plugin.id()).orElse(plugin);
  }

  /** Copies, checks and durably keeps the archive under a name that is not looked at. */
  private PluginArchive take(Path archive, String sha256) throws IOException {
    Path copy = Files.createTempFile(folder.folder(), ".incoming-", ".zip");
    try {
      if (Files.size(archive) > PluginArchive.FILE_BYTES_MAX)
        throw new GatewayError.Invalid(
            "the archive has more than %d MiB".formatted(PluginArchive.FILE_BYTES_MAX >> 20));
      Files.copy(archive, copy, StandardCopyOption.REPLACE_EXISTING);
      String found = PluginArchive.sha256(copy);
      if (!found.equals(sha256.toLowerCase(Locale.ROOT)))
        throw new GatewayError.Invalid(
            "the archive has the SHA-256 %s, not %s; nothing was installed"
                .formatted(found, sha256));
      var taken = PluginArchive.read(copy);
      tryOut(taken);
      sync(copy);
      return taken;
    } catch (IOException | RuntimeException e) {
      Files.deleteIfExists(copy);
      throw e;
    }
  }

  /** Loads it once beside everything else, so that a bad archive never takes a good one's place. */
  private void tryOut(PluginArchive archive) throws IOException {
    Path work = Files.createTempDirectory("penstock-plugin-");
    try (var alone = new PluginFolder(work, work.resolve("work"))) {
      folder.refuseForeignKinds(alone.load(archive));
    } finally {
      Folders.remove(work);
    }
  }

  private Future<PluginStatus> replace(PluginArchive taken) {
    String id = taken.manifest().id();
    Future<?> gone = folder.isLoaded(id) ? unloadNow(id) : Future.succeededFuture();
    return gone.compose(_ ->
            onWorker(() -> {
              moveIntoPlace(taken);
              return id;
            }))
        .compose(this::loadNow);
  }

  /** The new one is durably there before the old one goes: of two the newer is loaded. */
  private void moveIntoPlace(PluginArchive taken) throws IOException {
    String id = taken.manifest().id();
    List<PluginStatus> before =
        folder.statuses().stream().filter(status -> status.id().equals(id)).toList();
    Path target = folder.folder().resolve(id + ".zip");
    Files.move(taken.file(), target, StandardCopyOption.ATOMIC_MOVE);
    sync(folder.folder());
    for (PluginStatus old : before) {
      Path file = folder.folder().resolve(old.archive());
      if (!file.equals(target)) Files.deleteIfExists(file);
      folder.forget(file);
    }
    sync(folder.folder());
  }

  private @org.jspecify.annotations.Nullable Void delete(String id) throws IOException {
    for (PluginStatus status : folder.statuses()) {
      if (!status.id().equals(id)) continue;
      Path file = folder.folder().resolve(status.archive());
      Files.deleteIfExists(file);
      folder.forget(file);
    }
    sync(folder.folder());
    return null;
  }

  private static void sync(Path path) throws IOException {
    try (var channel = FileChannel.open(path, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  private void tell(PluginStatus plugin) {
    events.publish(
        plugin.state() == PluginStatus.State.LOADED
            ? new GatewayEvent.PluginLoaded(clock.instant(), plugin.id(), plugin.version())
            : new GatewayEvent.PluginRefused(
                clock.instant(), plugin.id(), plugin.reason().orElse("it is not loaded")));
  }

  private <T> Future<T> onWorker(Callable<T> work) {
    return worker
        .executeBlocking(work)
        .recover(failure ->
            Future.failedFuture(
                failure instanceof GatewayError
                    ? failure
                    : new GatewayError.Failed(Scope.REQUEST, PluginFault.text(failure), failure)));
  }

  @Override
  public Set<String> moduleKinds() {
    return folder.moduleKinds();
  }

  @Override
  public Set<String> storeKinds() {
    return folder.storeKinds();
  }

  @Override
  public Made<GatewayModule> newModule(String kind) {
    return folder.newModule(kind);
  }

  @Override
  public Made<VolumeStore> newStore(String kind) {
    return folder.newStore(kind);
  }

  @Override
  public Extensions extensions() {
    return folder.extensions();
  }

  /** Lets every class go, at the end of the gateway: nothing runs any more. */
  public Future<Void> close() {
    watch.close();
    return turns.take(() ->
        onWorker(
                () -> {
                  folder.close();
                  return true;
                })
            .eventually(worker::close)
            .mapEmpty());
  }
}
