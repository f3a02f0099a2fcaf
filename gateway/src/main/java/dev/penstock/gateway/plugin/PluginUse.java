package dev.penstock.gateway.plugin;

import io.vertx.core.Future;

/** Ends and begins again what runs of a plugin's classes, around an unload and a load. */
public interface PluginUse {
  /**
   * Stops the plugin's modules and closes its stores. Fails with {@link
   * dev.penstock.spi.GatewayError.Conflict}, having stopped nothing, if others use its volumes.
   */
  Future<Void> release(PluginStatus plugin);

  /** Opens the configured stores and starts the wanted modules that the plugin has kinds for. */
  Future<Void> resume(PluginStatus plugin);
}
