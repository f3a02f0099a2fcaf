package dev.penstock.nbd;

import dev.penstock.nbd.config.ExportSettings;
import dev.penstock.nbd.config.NbdConfig;
import dev.penstock.nbd.config.Overrides;
import dev.penstock.nbd.export.Export;
import dev.penstock.spi.GatewayError;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The exports of the configuration, and what was changed live over them. On the module's context;
 * what changes something is for a {@link Turns turn}.
 */
final class ConfiguredExports {
  private static final Logger log = LoggerFactory.getLogger(ConfiguredExports.class);

  private final AnnouncedExports exports;
  private final ExportState state;
  private final NbdObserver observer;
  private final Map<String, Configured> configured = new HashMap<>();

  /**
   * An export of the configuration.
   *
   * @param written as it stands there
   * @param overrides what holds instead
   */
  private record Configured(ExportSettings written, Overrides overrides) {}

  ConfiguredExports(AnnouncedExports exports, ExportState state, NbdObserver observer) {
    this.exports = exports;
    this.state = state;
    this.observer = observer;
  }

  boolean has(String name) {
    return configured.containsKey(name);
  }

  /** What was changed over an export; nothing over one that is not in the configuration. */
  Overrides overrides(String name) {
    return Optional.ofNullable(configured.get(name))
        .map(Configured::overrides)
        .orElse(Overrides.NONE);
  }

  /**
   * Brings the exports of the configuration to what it says now, and leaves all others alone. What
   * follows from it is durable before any of them changes.
   *
   * @return of each that is new: when its volume is open, or known to be waited for
   */
  Future<List<Future<Void>>> apply(NbdConfig config) {
    Set<String> written =
        config.exports().stream().map(ExportSettings::name).collect(Collectors.toSet());
    Set<String> made = state.madeNames();
    return state
        .keepDrained(name -> written.contains(name) || made.contains(name))
        .compose(_ -> state.keepOverrides(written::contains))
        .compose(_ -> forget(made.stream().filter(written::contains).toList()))
        .compose(_ -> settle(config.exports()))
        .map(wanted -> {
          configured.keySet().retainAll(written);
          exports.registry().defaultExport(config.defaultExport());
          exports.registry().drainFromTheBeginning(state.drained());
          endOthers(written);
          return wanted.stream().map(this::place).collect(Collectors.toCollection(ArrayList::new));
        });
  }

  private Future<Void> forget(List<String> made) {
    Future<Void> forgotten = Future.succeededFuture();
    for (String name : made) {
      log.atWarn()
          .addKeyValue("export", name)
          .log("made through the API, but the configuration has one of this name, which wins");
      forgotten = forgotten.compose(_ -> state.forget(name));
    }
    return forgotten;
  }

  private void endOthers(Set<String> written) {
    for (Export export : exports.registry().all()) {
      ExportSettings before = export.settings();
      if (before.configuredAt().isEmpty() || written.contains(before.name())) continue;
      exports.end(before.name(), "it is no longer in the configuration");
    }
  }

  private Future<Void> place(ExportSettings wanted) {
    Optional<ExportSettings> before = exports.named(wanted.name());
    if (before.isEmpty()) return exports.addOrWait(wanted);
    if (before.get().servesTheSameAs(wanted)) {
      exports.change(before.get(), wanted);
      return Future.succeededFuture();
    }
    exports.discard(wanted.name(), "the configuration changed it");
    return exports.addOrWait(wanted);
  }

  /**
   * What exports are that stand like this in the configuration, with what still holds over them.
   */
  private Future<List<ExportSettings>> settle(List<ExportSettings> written) {
    List<ExportSettings> settled = new ArrayList<>();
    Future<Void> all = Future.succeededFuture();
    for (ExportSettings export : written) {
      all =
          all.compose(_ -> settle(export))
              .map(wanted -> {
                settled.add(wanted);
                return null;
              });
    }
    return all.map(settled);
  }

  private Future<ExportSettings> settle(ExportSettings written) {
    try {
      Overrides kept = state.overrides(written.name());
      Overrides standing = written.standing(kept);
      ExportSettings settled = written.with(standing);
      if (!standing.wanted().equals(kept.wanted())) {
        log.atWarn()
            .addKeyValue("export", written.name())
            .addKeyValue("was", kept.wanted())
            .addKeyValue("is", standing.wanted())
            .log("the configuration has changed what had been changed live, and decides again");
      }
      return keep(new Configured(written, standing), kept).map(settled);
    } catch (GatewayError.Damaged | GatewayError.Invalid e) {
      return bar(written, e);
    }
  }

  /** Nobody knows any more whom it was to keep out: whoever does has to say so again. */
  private Future<ExportSettings> bar(ExportSettings written, GatewayError why) {
    log.atError().addKeyValue("export", written.name()).setCause(why).log("barred for everybody");
    Overrides nobody = written.barred();
    return keep(new Configured(written, nobody), Overrides.NONE)
        .map(_ -> {
          String whatToDo =
              "nobody gets it until \"penstock export set --allow\", or \"export reset\" for what"
                  + " the configuration says";
          observer.export(NbdObserver.EXPORT_BARRED, written.name(), why.what() + "; " + whatToDo);
          return written.with(nobody);
        });
  }

  /** Changes an export over the configuration. */
  Future<Void> override(ExportSettings before, JsonObject patch) {
    Configured export = configured.get(before.name());
    if (export == null) {
      throw new GatewayError.NotFound(before.name() + " is no longer in the configuration");
    }
    refuseWhatOnlyTheConfigurationDecides(export.written, patch);
    JsonObject written = export.written.toJson();
    ExportSettings wanted = before.patched(patch, written);
    Overrides now = export.overrides.with(patch, written, wanted.toJson());
    return keep(new Configured(export.written, now), export.overrides)
        .map(_ -> {
          exports.change(before, wanted);
          return null;
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

  /** Durable first. */
  private Future<Void> keep(Configured now, Overrides before) {
    String name = now.written.name();
    Future<Void> kept =
        now.overrides.equals(before)
            ? Future.succeededFuture()
            : state.override(name, now.overrides);
    return kept.map(_ -> {
      configured.put(name, now);
      return null;
    });
  }
}
