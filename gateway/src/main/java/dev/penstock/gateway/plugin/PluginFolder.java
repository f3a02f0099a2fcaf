package dev.penstock.gateway.plugin;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.content.KeyStore;
import dev.penstock.spi.handoff.BlockTargets;
import dev.penstock.spi.module.Extensions;
import dev.penstock.spi.module.GatewayModule;
import dev.penstock.spi.retention.RetentionRule;
import dev.penstock.spi.volume.VolumeStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.BiPredicate;
import java.util.function.Function;
import org.pf4j.ExtensionPoint;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The archives of one folder and what was loaded from them. One that is refused never hurts the
 * others: its reason is in its status.
 *
 * <p><b>Lifecycle.</b> {@link #loadAll}, then {@link #load} and {@link #unload}; {@link #close}
 * lets every class go and takes the unpacked archives away. <b>Threads.</b> What loads and unloads
 * comes one at a time, on a thread that may block; {@link Kinds} and {@link #statuses} are for any
 * thread.
 */
public final class PluginFolder implements Kinds, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(PluginFolder.class);

  /** More are a mistake: another folder was named. */
  static final int ARCHIVES_MAX = 200;

  private static final String WORK = "plugins-work";

  private final Path folder;
  private final Path work;
  private final List<Path> made;
  private final UnpackedPlugins unpacked;
  private final Map<String, LoadedPlugin> loaded = new ConcurrentSkipListMap<>();
  private final Map<String, PluginStatus> others = new ConcurrentSkipListMap<>(); // by file name

  /**
   * For a gateway that is to run. Its archives are unpacked in its state folder, since others clean
   * temporary ones; in a folder of their own there, since the state's lock is not taken yet.
   */
  public static PluginFolder ofGateway(Path folder, Path state) {
    return new PluginFolder(folder, state.resolve(WORK).resolve(UUID.randomUUID().toString()));
  }

  /**
   * Takes away what killed processes left in a state folder whose lock the caller has. A second
   * process that is still at its check loses its classes, and is refused for that and not for the
   * lock.
   */
  public void removeLeftovers(Path state) {
    try (var entries = Files.newDirectoryStream(state.resolve(WORK))) {
      for (Path entry : entries) if (!entry.equals(work)) Folders.remove(entry);
    } catch (IOException e) {
      LOG.atWarn().addKeyValue("folder", state).setCause(e).log("unpacked plugins not removed");
    }
  }

  /**
   * @param work where archives are unpacked; what is in it belongs to this object
   */
  public PluginFolder(Path folder, Path work) {
    this.folder = folder;
    this.work = work;
    try {
      Folders.remove(work); // what a killed process left
      made = Folders.make(work);
    } catch (IOException e) {
      throw new GatewayError.Failed(Scope.MODULE, "%s cannot be used".formatted(work), e);
    }
    this.unpacked = new UnpackedPlugins(work);
  }

  /** Loads every archive of the folder. Of two of one plugin the newer is taken. */
  public List<PluginStatus> loadAll() {
    List<PluginArchive> archives = new ArrayList<>();
    for (Path file : files())
      try {
        archives.add(PluginArchive.read(file));
      } catch (GatewayError e) {
        others.put(name(file), refused(file, Optional.empty(), e));
      }
    archives.sort(PluginFolder::newestFirst);
    for (PluginArchive archive : archives)
      try {
        load(archive);
      } catch (GatewayError e) {
        others.put(name(archive.file()), refused(archive.file(), Optional.of(archive), e));
      }
    return statuses();
  }

  private static int newestFirst(PluginArchive a, PluginArchive b) {
    int byId = a.manifest().id().compareTo(b.manifest().id());
    if (byId != 0) return byId;
    if (a.manifest().isNewerThan(b.manifest())) return -1;
    if (b.manifest().isNewerThan(a.manifest())) return 1;
    return a.file().compareTo(b.file());
  }

  private List<Path> files() {
    try (var entries = Files.newDirectoryStream(folder, "*.zip")) {
      List<Path> files = new ArrayList<>();
      for (Path entry : entries) if (!name(entry).startsWith(".")) files.add(entry);
      if (files.size() > ARCHIVES_MAX)
        throw new GatewayError.Invalid(
            "%s has %d archives; at most %d are loaded"
                .formatted(folder, files.size(), ARCHIVES_MAX));
      files.sort(Comparator.naturalOrder());
      return files;
    } catch (IOException e) {
      throw new GatewayError.Failed(Scope.MODULE, "%s cannot be listed".formatted(folder), e);
    }
  }

  /**
   * Loads the archive. Throws {@link GatewayError.Conflict} if the plugin or one of its kinds is
   * there already, {@link GatewayError.Invalid} if it cannot be used.
   */
  PluginStatus load(PluginArchive archive) {
    String id = archive.manifest().id();
    LoadedPlugin same = loaded.get(id);
    if (same != null)
      throw new GatewayError.Conflict(
          "the plugin %s is loaded already, as %s from %s"
              .formatted(id, same.archive().manifest().version(), name(same.archive().file())));
    Path home = archive.unpack(work);
    try {
      if (!id.equals(unpacked.loadPlugin(home)))
        throw new GatewayError.Invalid("PF4J does not load it under its id " + id);
      var plugin = new LoadedPlugin(archive, unpacked.getPluginClassLoader(id));
      refuseForeignKinds(plugin.status());
      loaded.put(id, plugin);
      others.remove(name(archive.file()));
      return plugin.status();
    } catch (RuntimeException e) {
      drop(id, home);
      throw e instanceof GatewayError error ? error : new GatewayError.Invalid(PluginFault.text(e));
    }
  }

  /** Throws {@link GatewayError.Conflict} if another plugin provides one of its kinds. */
  void refuseForeignKinds(PluginStatus plugin) {
    for (PluginStatus.Extension extension : plugin.extensions())
      for (LoadedPlugin other : loaded.values())
        if (!other.id().equals(plugin.id())
            && other.extensions().stream()
                .anyMatch(e -> e.role() == extension.role() && e.kind().equals(extension.kind())))
          throw new GatewayError.Conflict(
              "the kind %s is provided by the plugin %s already"
                  .formatted(extension.kind(), other.id()));
  }

  private void drop(String id, Path home) {
    if (unpacked.getPlugin(id) != null) unpacked.unloadPlugin(id);
    try {
      Folders.remove(home);
    } catch (IOException e) {
      LOG.atWarn().addKeyValue("folder", home).setCause(e).log("unpacked plugin not removed");
    }
  }

  /**
   * Finds the archive of a plugin in the folder: the newest, if there are several. Throws {@link
   * GatewayError.NotFound}, or what is wrong with the file that was last known for it.
   */
  PluginArchive archiveOf(String id) {
    List<PluginArchive> found = new ArrayList<>();
    for (Path file : files())
      try {
        var archive = PluginArchive.read(file);
        if (archive.manifest().id().equals(id)) found.add(archive);
      } catch (GatewayError e) {
        if (status(id).filter(s -> s.archive().equals(name(file))).isPresent()
            || name(file).equals(id)) throw e;
      }
    return found.stream()
        .min(PluginFolder::newestFirst)
        .orElseThrow(() ->
            new GatewayError.NotFound("no archive in %s is the plugin %s".formatted(folder, id)));
  }

  /** From here on nothing new is made of the plugin. */
  void leave(String id) {
    plugin(id).leave();
  }

  void stay(String id) {
    plugin(id).stay();
  }

  /**
   * Lets the classes go. Nothing of the plugin may be running. Answers their loader, to be watched.
   */
  ClassLoader unload(String id) {
    LoadedPlugin plugin = plugin(id);
    loaded.remove(id);
    others.put(name(plugin.archive().file()), with(plugin.status(), PluginStatus.State.UNLOADED));
    var manifest = plugin.archive().manifest();
    drop(id, work.resolve(manifest.id()));
    return plugin.loader();
  }

  /** Forgets an archive that is no longer in the folder. */
  void forget(Path file) {
    others.remove(name(file));
  }

  void refuse(Path file, Optional<PluginArchive> archive, GatewayError why) {
    others.put(name(file), refused(file, archive, why));
  }

  private LoadedPlugin plugin(String id) {
    LoadedPlugin plugin = loaded.get(id);
    if (plugin == null)
      throw new GatewayError.NotFound("the plugin %s is not loaded".formatted(id));
    return plugin;
  }

  boolean isLoaded(String id) {
    return loaded.containsKey(id);
  }

  Path folder() {
    return folder;
  }

  public Optional<PluginStatus> status(String id) {
    return statuses().stream().filter(status -> status.id().equals(id)).findFirst();
  }

  /** Everything that lies in the folder; what is loaded comes first among those of one id. */
  public List<PluginStatus> statuses() {
    Map<String, PluginStatus> byFile = new TreeMap<>();
    List<PluginStatus> all =
        new ArrayList<>(loaded.values().stream().map(LoadedPlugin::status).toList());
    for (PluginStatus status : all) byFile.put(status.archive(), status);
    others.values().stream().filter(o -> !byFile.containsKey(o.archive())).forEach(all::add);
    all.sort(Comparator.comparing(PluginStatus::id).thenComparing(PluginStatus::state));
    return List.copyOf(all);
  }

  @Override
  public Set<String> moduleKinds() {
    return kinds(PluginStatus.Role.MODULE);
  }

  @Override
  public Set<String> storeKinds() {
    return kinds(PluginStatus.Role.STORE);
  }

  private Set<String> kinds(PluginStatus.Role role) {
    Set<String> kinds = new HashSet<>();
    for (LoadedPlugin plugin : loaded.values())
      for (PluginStatus.Extension extension : plugin.extensions())
        if (extension.role() == role) kinds.add(extension.kind());
    return kinds;
  }

  @Override
  public Made<GatewayModule> newModule(String kind) {
    return make(kind, LoadedPlugin::hasModule, plugin -> plugin.newModule(kind));
  }

  @Override
  public Made<VolumeStore> newStore(String kind) {
    return make(kind, LoadedPlugin::hasStore, plugin -> plugin.newStore(kind));
  }

  @Override
  public Extensions extensions() {
    return new Extensions() {
      @Override
      public <T extends ExtensionPoint> List<T> of(Class<T> type) {
        if (type.equals(RetentionRule.class))
          return all(LoadedPlugin::newRules).stream().map(type::cast).toList();
        if (type.equals(BlockTargets.class))
          return all(LoadedPlugin::newTargets).stream().map(type::cast).toList();
        if (type.equals(KeyStore.class))
          return all(LoadedPlugin::newKeyStores).stream().map(type::cast).toList();
        return List.of();
      }
    };
  }

  /** One whose plugin cannot make it any more is missing, and whoever wants it says so. */
  private <T> List<T> all(Function<LoadedPlugin, List<T>> made) {
    List<T> all = new ArrayList<>();
    for (LoadedPlugin plugin : loaded.values())
      try {
        all.addAll(made.apply(plugin));
      } catch (GatewayError e) {
        LOG.atWarn()
            .addKeyValue("plugin", plugin.id())
            .addKeyValue("reason", e.what())
            .log("an extension cannot be made");
      }
    return all;
  }

  private <T> Made<T> make(
      String kind, BiPredicate<LoadedPlugin, String> has, Function<LoadedPlugin, Made<T>> maker) {
    Collection<LoadedPlugin> plugins = loaded.values();
    for (LoadedPlugin plugin : plugins) if (has.test(plugin, kind)) return maker.apply(plugin);
    throw new GatewayError.NotFound(
        "no plugin that is loaded provides the kind %s".formatted(kind));
  }

  private static PluginStatus refused(
      Path file, Optional<PluginArchive> archive, GatewayError why) {
    var manifest = archive.map(PluginArchive::manifest);
    return new PluginStatus(
        manifest.map(PluginManifest::id).orElse(name(file)),
        manifest.map(PluginManifest::version).orElse(""),
        PluginStatus.State.REFUSED,
        Optional.of(why.what()),
        name(file),
        archive.map(PluginArchive::sha256).orElse(""),
        manifest.map(PluginManifest::provider).orElse(""),
        manifest.map(PluginManifest::description).orElse(""),
        List.of());
  }

  private static PluginStatus with(PluginStatus status, PluginStatus.State state) {
    return new PluginStatus(
        status.id(),
        status.version(),
        state,
        Optional.empty(),
        status.archive(),
        status.sha256(),
        status.provider(),
        status.description(),
        status.extensions());
  }

  private static String name(Path file) {
    return String.valueOf(file.getFileName());
  }

  /** Lets go of everything. Nothing of any plugin may be running. Harmless twice. */
  @Override
  public void close() {
    for (String id : List.copyOf(loaded.keySet())) unload(id);
    try {
      Folders.remove(work);
      Folders.unmake(made);
    } catch (IOException e) {
      LOG.atWarn().addKeyValue("folder", work).setCause(e).log("unpacked plugins not removed");
    }
  }
}
