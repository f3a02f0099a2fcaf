package dev.penstock.gateway.plugin;

import dev.penstock.spi.module.Extensions;
import dev.penstock.spi.module.GatewayModule;
import dev.penstock.spi.volume.VolumeStore;
import java.util.Set;

/**
 * The kinds of modules and stores that loaded plugins bring.
 *
 * <p><b>Threads.</b> Any. <b>Errors.</b> {@link dev.penstock.spi.GatewayError.NotFound} for a kind
 * that no plugin brings, {@link dev.penstock.spi.GatewayError.Unavailable} while its plugin is
 * being unloaded, {@link dev.penstock.spi.GatewayError.Failed} if the constructor throws.
 */
public interface Kinds {
  Set<String> moduleKinds();

  Set<String> storeKinds();

  /** A module object that was never used. */
  Made<GatewayModule> newModule(String kind);

  /** A store object that was never used. */
  Made<VolumeStore> newStore(String kind);

  /** What plugins bring for modules to use. */
  default Extensions extensions() {
    return Extensions.NONE;
  }

  /**
   * Something of a plugin's.
   *
   * @param plugin the plugin's id
   * @param loader for the context class loader of the threads that call it
   */
  record Made<T>(T object, String plugin, ClassLoader loader) {}
}
