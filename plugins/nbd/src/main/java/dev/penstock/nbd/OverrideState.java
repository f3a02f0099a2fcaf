package dev.penstock.nbd;

import dev.penstock.nbd.config.Overrides;
import dev.penstock.spi.module.ModuleState;
import io.vertx.core.Future;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Overrides as the module's state keeps them, each under its own key. */
record OverrideState(ModuleState state) {
  private static final Logger log = LoggerFactory.getLogger(OverrideState.class);

  /** What is kept there; none if there is nothing, or nothing that can be read. */
  Overrides at(String key) {
    String text = state.all().get(key);
    if (text == null) return Overrides.NONE;
    try {
      return Overrides.fromJson(new JsonObject(text));
    } catch (DecodeException | ClassCastException e) {
      log.atError().addKeyValue("key", key).setCause(e).log("kept overrides are unreadable");
      return Overrides.NONE;
    }
  }

  /** Completes when a power cut would not undo it. */
  Future<Void> put(String key, Overrides overrides) {
    return overrides.isEmpty() ? state.remove(key) : state.put(key, overrides.toJson().encode());
  }

  List<String> keys(String prefix) {
    return state.all().keySet().stream().filter(key -> key.startsWith(prefix)).sorted().toList();
  }
}
