package dev.penstock.nbd;

import dev.penstock.nbd.admin.DrainRoutes;
import dev.penstock.nbd.admin.ExportRoutes;
import dev.penstock.nbd.config.ExportSettings;
import dev.penstock.nbd.config.NbdConfig;
import dev.penstock.nbd.config.Overrides;
import dev.penstock.nbd.export.Export;
import dev.penstock.nbd.export.ExportRegistry;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.module.ModuleState;
import io.vertx.core.Future;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where exports come from: the configuration, which wins, and the module's state, which keeps those
 * that were made through the API, and what was changed live over the configuration. On the module's
 * context.
 */
final class ExportKeeper implements ExportRoutes.Keeper, DrainRoutes.Keeper {
  private static final String KEY = "export.";
  private static final String OVERRIDE = "override.";

  /** A drained export stays so across restarts: whoever drained it does not expect clients. */
  private static final String DRAINED = "drained.";

  private static final Logger log = LoggerFactory.getLogger(ExportKeeper.class);

  private final ExportRegistry registry;
  private final ModuleState state;
  private final OverrideState overridden;
  private final NbdObserver observer;
  private final Map<String, Configured> configured = new HashMap<>();
  private Future<Void> last = Future.succeededFuture();

  /**
   * An export of the configuration.
   *
   * @param settings as they stand there
   * @param overrides what holds instead
   */
  private record Configured(ExportSettings settings, Overrides overrides) {}

  ExportKeeper(ExportRegistry registry, ModuleState state, NbdObserver observer) {
    this.registry = registry;
    this.state = state;
    this.overridden = new OverrideState(state);
    this.observer = observer;
  }

  /** Adds what the configuration and the state have. What cannot be opened waits. */
  Future<Void> restore(NbdConfig config) {
    registry.defaultExport(config.defaultExport());
    remembered(DRAINED).keySet().forEach(name -> registry.drain(name, Duration.ZERO));
    Future<Void> restored = dropOverridesOfOthers(config);
    for (ExportSettings written : config.exports()) {
      ExportSettings export = settle(written);
      restored = restored.compose(_ -> addOrWait(export));
    }
    for (ExportSettings export : remembered()) {
      restored = restored.compose(_ -> addRemembered(export));
    }
    return restored;
  }

  /** Brings the exports of the configuration to what it says now, and leaves all others alone. */
  Future<Void> apply(NbdConfig config) {
    registry.defaultExport(config.defaultExport());
    Future<Void> applied = dropOverridesOfOthers(config);
    for (Export export : registry.all()) {
      ExportSettings before = export.settings();
      boolean stays =
          before.configuredAt().isEmpty()
              || config.exports().stream().anyMatch(e -> e.name().equals(before.name()));
      if (stays) continue;
      discard(before.name(), "it is no longer in the configuration");
      applied = applied.compose(_ -> resume(before.name()));
    }
    for (ExportSettings written : config.exports()) {
      ExportSettings wanted = settle(written);
      applied = applied.compose(_ -> applyOne(wanted));
    }
    return applied;
  }

  /** What an export of the configuration is with what was changed over it and still stands. */
  private ExportSettings settle(ExportSettings written) {
    String key = OVERRIDE + written.name();
    Overrides kept = overridden.at(key);
    Overrides standing = kept.standingOver(written.toJson());
    ExportSettings settled;
    try {
      settled = written.with(standing);
    } catch (GatewayError.Invalid e) { // it was right when it was kept, by other rules
      log.atError()
          .addKeyValue("export", written.name())
          .addKeyValue("reason", e.what())
          .log("what was changed live is dropped");
      standing = Overrides.NONE;
      settled = written;
    }
    configured.put(written.name(), new Configured(written, standing));
    if (!standing.equals(kept)) {
      log.atWarn()
          .addKeyValue("export", written.name())
          .log("the configuration has changed what had been changed live, and decides again");
      overridden.put(key, standing);
    }
    return settled;
  }

  private Future<Void> dropOverridesOfOthers(NbdConfig config) {
    List<String> names = config.exports().stream().map(ExportSettings::name).toList();
    configured.keySet().retainAll(names);
    Future<Void> dropped = Future.succeededFuture();
    for (String key : overridden.keys(OVERRIDE)) {
      if (names.contains(key.substring(OVERRIDE.length()))) continue;
      dropped = dropped.compose(_ -> state.remove(key));
    }
    return dropped;
  }

  /** Gives it other settings, and tells what that means. */
  private void change(ExportSettings before, ExportSettings wanted) {
    int barred = registry.change(wanted);
    String changes = Changes.between(before.toJson(), wanted.toJson());
    if (changes.isEmpty()) return;
    String ended = barred == 0 ? "" : "; %d connections are ended".formatted(barred);
    observer.export(NbdObserver.EXPORT_CHANGED, wanted.name(), changes + ended);
  }

  @Override
  public Overrides overrides(String name) {
    Configured export = configured.get(name);
    return export == null ? Overrides.NONE : export.overrides;
  }

  /** One change after the other: each begins with what the one before it made. */
  @Override
  public Future<Void> change(String name, JsonObject patch) {
    last = last.transform(_ -> changeNow(name, patch));
    return last;
  }

  private Future<Void> changeNow(String name, JsonObject patch) {
    ExportSettings before = require(name);
    Configured export = configured.get(name);
    if (export == null) return replace(before.patched(patch, new JsonObject()));
    refuseWhatOnlyTheConfigurationDecides(export.settings, patch);
    JsonObject written = export.settings.toJson();
    ExportSettings wanted = before.patched(patch, written);
    Overrides now = export.overrides.with(patch, written, wanted.toJson());
    return overridden
        .put(OVERRIDE + name, now)
        .onSuccess(_ -> {
          configured.put(name, new Configured(export.settings, now));
          change(before, wanted);
        });
  }

  private static void refuseWhatOnlyTheConfigurationDecides(
      ExportSettings export, JsonObject patch) {
    for (String key : patch.fieldNames()) {
      if (ExportSettings.OVERRIDABLE.contains(key)) continue;
      throw new GatewayError.Conflict(
          "export %s is in the configuration, at %s: %s can only be changed there; live, it takes %s"
              .formatted(
                  export.name(),
                  export.configuredAt().map(Object::toString).orElse(""),
                  key,
                  String.join(", ", new TreeSet<>(ExportSettings.OVERRIDABLE))));
    }
  }

  private ExportSettings require(String name) {
    return registry
        .named(name)
        .orElseThrow(() -> new GatewayError.NotFound("there is no export " + name))
        .settings();
  }

  private Future<Void> applyOne(ExportSettings wanted) {
    Optional<Export> there = registry.named(wanted.name());
    if (there.isEmpty()) return addOrWait(wanted);
    ExportSettings before = there.get().settings();
    Future<Void> forgotten =
        before.configuredAt().isPresent() ? Future.succeededFuture() : forget(before.name());
    if (before.servesTheSameAs(wanted)) {
      change(before, wanted);
      return forgotten;
    }
    discard(before.name(), "the configuration changed it");
    return forgotten.compose(_ -> addOrWait(wanted));
  }

  @Override
  public Future<Void> add(ExportSettings settings) {
    if (registry.named(settings.name()).isPresent()) {
      return Future.failedFuture(
          new GatewayError.Conflict("there is an export %s already".formatted(settings.name())));
    }
    return registry
        .add(settings)
        .compose(_ -> remember(settings))
        .onSuccess(
            _ -> observer.export(NbdObserver.EXPORT_ADDED, settings.name(), settings.volume()))
        .recover(why -> registry.remove(settings.name()).transform(_ -> Future.failedFuture(why)));
  }

  @Override
  public Future<Void> replace(ExportSettings settings) {
    ExportSettings before = require(settings.name());
    if (before.servesTheSameAs(settings)) {
      // Remembered first: a crash in between does not let anybody in again who was just barred.
      return remember(settings).onSuccess(_ -> change(before, settings));
    }
    discard(settings.name(), "it was changed");
    return add(settings)
        .recover(why -> forget(settings.name()).transform(_ -> Future.failedFuture(why)));
  }

  @Override
  public Future<Void> remove(String name) {
    // Forgotten first: a crash in between brings back nothing that was answered as gone.
    return forget(name).onSuccess(_ -> discard(name, "it was removed")).compose(_ -> resume(name));
  }

  @Override
  public Future<Future<Void>> drain(String name, Duration limit) {
    return state
        .put(DRAINED + name, "")
        .map(_ -> {
          observer.export(NbdObserver.EXPORT_DRAINED, name, "it takes nobody new");
          return registry.drain(name, limit);
        });
  }

  @Override
  public Future<Void> resume(String name) {
    if (!state.all().containsKey(DRAINED + name)) return Future.succeededFuture();
    return state
        .remove(DRAINED + name)
        .onSuccess(_ -> {
          observer.export(NbdObserver.EXPORT_RESUMED, name, "it takes clients again");
          registry.resume(name);
        });
  }

  /** Those connected leave in their own time; the name is free at once. */
  private void discard(String name, String why) {
    registry.remove(name).otherwiseEmpty();
    observer.export(NbdObserver.EXPORT_REMOVED, name, why);
  }

  private Future<Void> addOrWait(ExportSettings export) {
    return registry
        .add(export)
        .onSuccess(_ -> observer.export(NbdObserver.EXPORT_ADDED, export.name(), export.volume()))
        .otherwise(why -> {
          String text = why instanceof GatewayError e ? e.what() : why.toString();
          observer.export(NbdObserver.EXPORT_WAITING, export.name(), text);
          return null;
        });
  }

  private Future<Void> addRemembered(ExportSettings export) {
    if (registry.named(export.name()).isEmpty()) return addOrWait(export);
    log.atWarn()
        .addKeyValue("export", export.name())
        .log("made through the API, but the configuration has one of this name, which wins");
    return forget(export.name());
  }

  private List<ExportSettings> remembered() {
    return remembered(KEY).entrySet().stream()
        .flatMap(entry -> parse(entry.getKey(), entry.getValue()).stream())
        .toList();
  }

  /** What the state has under a prefix, which the keys are without; in their order. */
  private SortedMap<String, String> remembered(String prefix) {
    SortedMap<String, String> found = new TreeMap<>();
    state
        .all()
        .forEach((key, value) -> {
          if (key.startsWith(prefix)) found.put(key.substring(prefix.length()), value);
        });
    return found;
  }

  private static Optional<ExportSettings> parse(String name, String text) {
    try {
      return Optional.of(ExportSettings.fromJson(name, new JsonObject(text)));
    } catch (DecodeException | GatewayError e) {
      log.atError()
          .addKeyValue("export", name)
          .setCause(e)
          .log("a remembered export is unreadable");
      return Optional.empty();
    }
  }

  private Future<Void> remember(ExportSettings settings) {
    return state.put(KEY + settings.name(), settings.toJson().encode());
  }

  private Future<Void> forget(String name) {
    return state.remove(KEY + name);
  }
}
