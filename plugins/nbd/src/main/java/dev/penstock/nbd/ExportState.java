package dev.penstock.nbd;

import dev.penstock.nbd.config.ExportSettings;
import dev.penstock.nbd.config.Overrides;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.module.ModuleState;
import io.vertx.core.Future;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the module's state keeps of exports: those that were made through the API, what was changed
 * live over those of the configuration, and which are drained. What is changed here completes when
 * a power cut would not undo it.
 */
final class ExportState {
  private static final String MADE = "export.";
  private static final String OVERRIDE = "override.";

  /** A drained export stays so across restarts: whoever drained it does not expect clients. */
  private static final String DRAINED = "drained.";

  private static final Logger log = LoggerFactory.getLogger(ExportState.class);

  private final ModuleState state;
  private final OverrideState overrides;

  ExportState(ModuleState state) {
    this.state = state;
    this.overrides = new OverrideState(state);
  }

  /** The exports that were made through the API, by name; without what cannot be read. */
  List<ExportSettings> made() {
    return named(MADE).entrySet().stream()
        .flatMap(entry -> parse(entry.getKey(), entry.getValue()).stream())
        .toList();
  }

  /** Their names, and those of what cannot be read. */
  Set<String> madeNames() {
    return named(MADE).keySet();
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

  Future<Void> remember(ExportSettings made) {
    return state.put(MADE + made.name(), made.toJson().encode());
  }

  Future<Void> forget(String made) {
    return state.remove(MADE + made);
  }

  /**
   * What was changed live over an export of the configuration.
   *
   * @throws GatewayError.Damaged if it cannot be read
   */
  Overrides overrides(String export) {
    return overrides.at(OVERRIDE + export);
  }

  Future<Void> override(String export, Overrides with) {
    return overrides.put(OVERRIDE + export, with);
  }

  /** Forgets what was changed over exports that are not among these. */
  Future<Void> keepOverrides(Predicate<String> exports) {
    return keep(OVERRIDE, exports);
  }

  Set<String> drained() {
    return named(DRAINED).keySet();
  }

  Future<Void> drain(String export) {
    return state.put(DRAINED + export, "");
  }

  Future<Void> resume(String export) {
    return state.remove(DRAINED + export);
  }

  /** Forgets that exports were drained that are not among these. */
  Future<Void> keepDrained(Predicate<String> exports) {
    return keep(DRAINED, exports);
  }

  private Future<Void> keep(String prefix, Predicate<String> names) {
    Future<Void> kept = Future.succeededFuture();
    for (String name : named(prefix).keySet()) {
      if (!names.test(name)) kept = kept.compose(_ -> state.remove(prefix + name));
    }
    return kept;
  }

  /** What there is under a prefix, which the keys are without; in their order. */
  private SortedMap<String, String> named(String prefix) {
    SortedMap<String, String> found = new TreeMap<>();
    state
        .all()
        .forEach((key, value) -> {
          if (key.startsWith(prefix)) found.put(key.substring(prefix.length()), value);
        });
    return found;
  }
}
