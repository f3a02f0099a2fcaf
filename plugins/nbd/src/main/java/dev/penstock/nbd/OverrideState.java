package dev.penstock.nbd;

import dev.penstock.nbd.config.Overrides;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.module.ModuleState;
import io.vertx.core.Future;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;

/** Overrides as the module's state keeps them, each under its own key. */
record OverrideState(ModuleState state) {
  /**
   * What is kept there; none if there is nothing.
   *
   * @throws GatewayError.Damaged if it cannot be read
   */
  Overrides at(String key) {
    String text = state.all().get(key);
    if (text == null) return Overrides.NONE;
    try {
      return Overrides.fromJson(new JsonObject(text));
    } catch (DecodeException | ClassCastException e) {
      throw new GatewayError.Damaged("what was changed live cannot be read: " + e.getMessage(), e);
    }
  }

  /** Completes when a power cut would not undo it. */
  Future<Void> put(String key, Overrides overrides) {
    return overrides.isEmpty() ? state.remove(key) : state.put(key, overrides.toJson().encode());
  }
}
