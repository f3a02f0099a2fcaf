package dev.penstock.gateway.plugin;

import static java.util.Objects.requireNonNull;

import dev.penstock.gateway.plugin.PluginStatus.Extension;
import dev.penstock.gateway.plugin.PluginStatus.Role;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.content.KeyStore;
import dev.penstock.spi.handoff.BlockTargets;
import dev.penstock.spi.module.GatewayModule;
import dev.penstock.spi.retention.RetentionRule;
import dev.penstock.spi.volume.VolumeStore;
import java.lang.reflect.InvocationTargetException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Supplier;

/**
 * A plugin whose classes are there. Each extension was made once and asked for its kind, so that
 * what cannot work is refused at once.
 *
 * <p><b>Threads.</b> Any.
 */
final class LoadedPlugin {
  private static final Duration ASK_AGAIN = Duration.ofSeconds(5);

  private final PluginArchive archive;
  private final ClassLoader loader;
  private final Map<String, Class<? extends GatewayModule>> modules = new HashMap<>();
  private final Map<String, Class<? extends VolumeStore>> stores = new HashMap<>();
  private final Map<String, Class<? extends RetentionRule>> rules = new HashMap<>();
  private final Map<String, Class<? extends KeyStore>> keyStores = new HashMap<>();
  private final List<Class<? extends BlockTargets>> targets = new ArrayList<>();
  private final List<Extension> extensions = new ArrayList<>();
  private volatile boolean leaving;

  /** Throws {@link GatewayError.Invalid} with the reason why an extension cannot be used. */
  LoadedPlugin(PluginArchive archive, ClassLoader loader) {
    this.archive = archive;
    this.loader = loader;
    for (String name : archive.extensions()) examine(name);
    if (extensions.isEmpty())
      throw new GatewayError.Invalid(
          "none of its extensions is a GatewayModule, a VolumeStore, a RetentionRule,"
              + " BlockTargets or a KeyStore: "
              + String.join(", ", archive.extensions()));
  }

  private void examine(String name) {
    Class<?> extension = load(name);
    if (GatewayModule.class.isAssignableFrom(extension))
      examineModule(extension.asSubclass(GatewayModule.class));
    if (VolumeStore.class.isAssignableFrom(extension))
      examineStore(extension.asSubclass(VolumeStore.class));
    if (RetentionRule.class.isAssignableFrom(extension))
      examineRule(extension.asSubclass(RetentionRule.class));
    if (BlockTargets.class.isAssignableFrom(extension))
      examineTargets(extension.asSubclass(BlockTargets.class));
    if (KeyStore.class.isAssignableFrom(extension))
      examineKeyStore(extension.asSubclass(KeyStore.class));
  }

  private Class<?> load(String name) {
    try {
      return Class.forName(name, true, loader);
    } catch (Exception | LinkageError e) {
      throw new GatewayError.Invalid(
          "its class %s cannot be loaded: %s".formatted(name, PluginFault.text(e)));
    }
  }

  private void examineModule(Class<? extends GatewayModule> type) {
    var descriptor = asked(type, make(type)::descriptor);
    if (modules.putIfAbsent(named(type, descriptor.kind()), type) != null)
      throw twice(descriptor.kind());
    extensions.add(new Extension(Role.MODULE, descriptor.kind(), descriptor.summary()));
  }

  private void examineStore(Class<? extends VolumeStore> type) {
    var descriptor = asked(type, make(type)::descriptor);
    if (stores.putIfAbsent(named(type, descriptor.kind()), type) != null)
      throw twice(descriptor.kind());
    extensions.add(new Extension(Role.STORE, descriptor.kind(), ""));
  }

  private void examineRule(Class<? extends RetentionRule> type) {
    RetentionRule rule = make(type);
    String key = asked(type, rule::key);
    if (!key.matches("[a-z][a-z0-9_]{0,63}"))
      throw new GatewayError.Invalid(
          "%s has the key \"%s\"; it takes small letters, digits and '_'"
              .formatted(type.getName(), key));
    if (rules.putIfAbsent(key, type) != null) throw twice(key);
    extensions.add(new Extension(Role.RULE, key, asked(type, rule::summary)));
  }

  private void examineTargets(Class<? extends BlockTargets> type) {
    BlockTargets made = make(type);
    String summary = asked(type, made::summary);
    for (String scheme : new TreeSet<>(asked(type, made::schemes))) {
      if (!scheme.matches("[a-z][a-z0-9+]{0,63}"))
        throw new GatewayError.Invalid(
            "%s has the scheme \"%s\"; it takes small letters, digits and '+'"
                .formatted(type.getName(), scheme));
      var extension = new Extension(Role.TARGET, scheme, summary);
      if (extensions.contains(extension)) throw twice(scheme);
      extensions.add(extension);
    }
    targets.add(type);
  }

  private void examineKeyStore(Class<? extends KeyStore> type) {
    KeyStore made = make(type);
    String kind = named(type, asked(type, made::kind));
    if (keyStores.putIfAbsent(kind, type) != null) throw twice(kind);
    extensions.add(new Extension(Role.KEY_STORE, kind, asked(type, made::summary)));
  }

  private static GatewayError twice(String kind) {
    return new GatewayError.Invalid("two of its extensions have the kind %s".formatted(kind));
  }

  private static String named(Class<?> type, String kind) {
    if (!kind.matches("[a-z][a-z0-9-]{0,63}"))
      throw new GatewayError.Invalid(
          "%s has the kind \"%s\"; it takes small letters, digits and dashes"
              .formatted(type.getName(), kind));
    return kind;
  }

  /** What plugins throw is whatever they like: an {@code Error} of theirs is no reason to fall. */
  private <T> T make(Class<T> type) {
    return InLoader.call(
        loader,
        () -> {
          try {
            return type.getConstructor().newInstance();
          } catch (InvocationTargetException e) {
            throw fault(
                type.getName() + " cannot be made", Optional.ofNullable(e.getCause()).orElse(e));
          } catch (ReflectiveOperationException | LinkageError e) {
            throw fault(type.getName() + " needs a public constructor that takes nothing", e);
          }
        });
  }

  private <T> T asked(Class<?> type, Supplier<T> descriptor) {
    return InLoader.call(
        loader,
        () -> {
          try {
            return requireNonNull(descriptor.get(), "what it says of itself is null");
          } catch (RuntimeException | LinkageError e) {
            throw fault(type.getName() + " does not say its kind", e);
          }
        });
  }

  private static GatewayError fault(String what, Throwable thrown) {
    return new GatewayError.Invalid("%s: %s".formatted(what, PluginFault.text(thrown)));
  }

  String id() {
    return archive.manifest().id();
  }

  PluginArchive archive() {
    return archive;
  }

  ClassLoader loader() {
    return loader;
  }

  List<Extension> extensions() {
    return List.copyOf(extensions);
  }

  boolean hasModule(String kind) {
    return modules.containsKey(kind);
  }

  boolean hasStore(String kind) {
    return stores.containsKey(kind);
  }

  /** From here on nothing new is made of it: what is stopped now must not start again meanwhile. */
  void leave() {
    leaving = true;
  }

  /** It could not be unloaded and is used on. */
  void stay() {
    leaving = false;
  }

  Kinds.Made<GatewayModule> newModule(String kind) {
    return made(make(requireNonNull(modules.get(kind), kind)));
  }

  Kinds.Made<VolumeStore> newStore(String kind) {
    return made(make(requireNonNull(stores.get(kind), kind)));
  }

  /** One of each; none once it is to leave. */
  List<RetentionRule> newRules() {
    if (leaving) return List.of();
    List<RetentionRule> made = new ArrayList<>();
    for (Class<? extends RetentionRule> type : rules.values()) made.add(make(type));
    return made;
  }

  /** The same of the ways to write to what is no gateway. */
  List<BlockTargets> newTargets() {
    if (leaving) return List.of();
    List<BlockTargets> made = new ArrayList<>();
    for (Class<? extends BlockTargets> type : targets) made.add(make(type));
    return made;
  }

  /** The same of the kinds of content's repositories. */
  List<KeyStore> newKeyStores() {
    if (leaving) return List.of();
    List<KeyStore> made = new ArrayList<>();
    for (Class<? extends KeyStore> type : keyStores.values()) made.add(make(type));
    return made;
  }

  private <T> Kinds.Made<T> made(T object) {
    if (leaving)
      throw new GatewayError.Unavailable(
          Scope.MODULE, ASK_AGAIN, "the plugin %s is being unloaded".formatted(id()));
    return new Kinds.Made<>(object, id(), loader);
  }

  PluginStatus status() {
    var manifest = archive.manifest();
    return new PluginStatus(
        manifest.id(),
        manifest.version(),
        PluginStatus.State.LOADED,
        Optional.empty(),
        String.valueOf(archive.file().getFileName()),
        archive.sha256(),
        manifest.provider(),
        manifest.description(),
        extensions());
  }
}
