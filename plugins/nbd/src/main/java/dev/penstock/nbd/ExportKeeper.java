package dev.penstock.nbd;

import dev.penstock.nbd.admin.DrainRoutes;
import dev.penstock.nbd.admin.ExportRoutes;
import dev.penstock.nbd.config.ExportSettings;
import dev.penstock.nbd.config.NbdConfig;
import dev.penstock.nbd.config.Overrides;
import dev.penstock.nbd.export.ExportRegistry;
import dev.penstock.nbd.export.OpenedVolume;
import dev.penstock.spi.GatewayError;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Where exports come from: the configuration, which wins, and the module's state, which keeps those
 * that were made through the API. Whatever changes one comes in its {@link Turns turn}: it looks,
 * decides, makes that durable, and does it. On the module's context.
 */
final class ExportKeeper implements ExportRoutes.Keeper, DrainRoutes.Keeper {
  private final ExportRegistry registry;
  private final AnnouncedExports exports;
  private final ConfiguredExports configured;
  private final ExportState state;
  private final Turns turns;

  ExportKeeper(ExportRegistry registry, ExportState state, NbdObserver observer, Turns turns) {
    this.registry = registry;
    this.exports = new AnnouncedExports(registry, observer);
    this.configured = new ConfiguredExports(exports, state, observer);
    this.state = state;
    this.turns = turns;
  }

  /** Adds what the configuration and the state have. What cannot be opened waits. */
  Future<Void> restore(NbdConfig config) {
    return turns
        .take(() ->
            configured
                .apply(config)
                .map(opening -> {
                  state.made().forEach(export -> opening.add(exports.addOrWait(export)));
                  return opening;
                }))
        .compose(ExportKeeper::all);
  }

  /** Brings the exports of the configuration to what it says now, and leaves all others alone. */
  Future<Void> apply(NbdConfig config) {
    return turns.take(() -> configured.apply(config)).compose(ExportKeeper::all);
  }

  private static Future<Void> all(List<Future<Void>> opening) {
    return Future.join(opening).mapEmpty();
  }

  @Override
  public Overrides overrides(String name) {
    return configured.overrides(name);
  }

  @Override
  public Future<Boolean> put(String name, Function<Optional<ExportSettings>, ExportSettings> as) {
    ExportSettings wanted = wanted(name, as);
    if (isServed(wanted)) return turns.take(() -> putNow(name, as, Optional.empty()));
    return registry
        .open(wanted)
        .compose(opened ->
            turns
                .take(() -> putNow(name, as, Optional.of(opened)))
                .onComplete(_ -> opened.release()));
  }

  /** It may be another than before its volume was opened: it is asked again what is wanted. */
  private Future<Boolean> putNow(
      String name,
      Function<Optional<ExportSettings>, ExportSettings> as,
      Optional<OpenedVolume> opened) {
    Optional<ExportSettings> before = exports.named(name);
    ExportSettings wanted = wanted(name, as);
    if (before.isPresent() && isServed(wanted)) {
      // Remembered first: a crash in between does not let anybody in again who was just barred.
      return state
          .remember(wanted)
          .map(_ -> {
            exports.change(before.get(), wanted);
            return false;
          });
    }
    OpenedVolume volume =
        opened.filter(of -> of.serves(wanted)).orElseThrow(() -> changedMeanwhile(name));
    registry.requireRoomFor(name);
    return state
        .remember(wanted)
        .map(_ -> {
          exports.put(wanted, volume);
          return before.isEmpty();
        });
  }

  private ExportSettings wanted(
      String name, Function<Optional<ExportSettings>, ExportSettings> as) {
    Optional<ExportSettings> before = exports.named(name);
    ExportSettings wanted = as.apply(before);
    before.ifPresent(export -> refuseConfigured(export, "changed"));
    return wanted;
  }

  private boolean isServed(ExportSettings wanted) {
    return exports.named(wanted.name()).filter(wanted::servesTheSameAs).isPresent();
  }

  private static GatewayError changedMeanwhile(String name) {
    return new GatewayError.Conflict(
        "somebody else changed at the same time what export %s serves; look at it, and ask again"
            .formatted(name));
  }

  @Override
  public Future<Void> change(String name, Consumer<ExportSettings> expected, JsonObject patch) {
    if (configured.has(name)) {
      return turns.take(() -> {
        ExportSettings before = exports.require(name);
        expected.accept(before);
        return configured.override(before, patch);
      });
    }
    return put(
            name,
            _ -> {
              ExportSettings before = exports.require(name);
              expected.accept(before);
              return before.patched(patch, new JsonObject());
            })
        .mapEmpty();
  }

  @Override
  public Future<Void> remove(String name, Consumer<ExportSettings> expected) {
    return turns.take(() -> {
      ExportSettings before = exports.require(name);
      expected.accept(before);
      refuseConfigured(before, "removed");
      // Forgotten first: a crash in between brings back nothing that was answered as gone.
      return state
          .forget(name)
          .compose(_ -> {
            exports.end(name, "it was removed");
            return state.resume(name);
          });
    });
  }

  private static void refuseConfigured(ExportSettings export, String what) {
    export
        .configuredAt()
        .ifPresent(at -> {
          throw new GatewayError.Conflict(
              "export %s is in the configuration, at %s, and can only be %s there; PATCH changes who gets in and how fast"
                  .formatted(export.name(), at, what));
        });
  }

  @Override
  public Future<Future<Void>> drain(String name, Duration limit) {
    return turns.take(() -> {
      exports.require(name);
      return state.drain(name).map(_ -> exports.drain(name, limit));
    });
  }

  @Override
  public Future<Void> resume(String name) {
    return turns.take(() -> {
      exports.require(name);
      if (!state.drained().contains(name)) return Future.succeededFuture();
      return state
          .resume(name)
          .map(_ -> {
            exports.resume(name);
            return null;
          });
    });
  }
}
