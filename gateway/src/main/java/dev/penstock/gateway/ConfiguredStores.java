package dev.penstock.gateway;

import dev.penstock.gateway.config.GatewayConfig;
import dev.penstock.gateway.config.StoreConfig;
import dev.penstock.gateway.config.VolumeConfig;
import dev.penstock.gateway.plugin.Kinds;
import dev.penstock.gateway.volume.StoreRegistry;
import dev.penstock.gateway.volume.StoreStatus;
import dev.penstock.gateway.volume.VolumeRegistry;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.volume.VolumeInfo;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings stores and volumes to what the configuration says, at start, on a reload and when a plugin
 * comes back.
 *
 * <p><b>Threads.</b> Any; nothing blocks. Calls come one at a time.
 */
final class ConfiguredStores {
  private static final Logger LOG = LoggerFactory.getLogger(ConfiguredStores.class);

  private final Kinds kinds;
  private final StoreRegistry stores;
  private final VolumeRegistry volumes;
  private final Map<String, String> providers = new ConcurrentHashMap<>(); // store → plugin

  ConfiguredStores(Kinds kinds, StoreRegistry stores, VolumeRegistry volumes) {
    this.kinds = kinds;
    this.stores = stores;
    this.volumes = volumes;
  }

  /** Opens all, and makes the volumes that are not there. Fails with the first that refuses. */
  Future<Void> openAll(GatewayConfig config) {
    Future<Void> all = Future.succeededFuture();
    for (StoreConfig store : config.stores()) all = all.compose(_ -> open(store));
    for (VolumeConfig volume : config.volumes()) all = all.compose(_ -> make(volume).mapEmpty());
    return all;
  }

  Future<Void> open(StoreConfig config) {
    try {
      var made = kinds.newStore(config.kind());
      return stores
          .open(config.name(), made.object(), config.settings())
          .onSuccess(_ -> providers.put(config.name(), made.plugin()));
    } catch (GatewayError e) {
      return Future.failedFuture(e);
    }
  }

  boolean isOpen(String store) {
    return stores.statuses().stream()
        .anyMatch(s -> s.name().equals(store) && s.state() == StoreStatus.State.OPEN);
  }

  /** Open stores whose classes are a plugin's. */
  List<String> of(String plugin) {
    return stores.statuses().stream()
        .filter(s -> s.state() == StoreStatus.State.OPEN)
        .map(StoreStatus::name)
        .filter(name -> plugin.equals(providers.get(name)))
        .toList();
  }

  Future<Void> close(String store) {
    return stores.close(store).onSuccess(_ -> providers.remove(store));
  }

  /** A volume is what it is: a size that differs is reported, never applied. */
  Future<VolumeInfo> make(VolumeConfig config) {
    return volumes
        .find(config.name())
        .onSuccess(there -> report(config, there))
        .recover(missing ->
            missing instanceof GatewayError.NotFound
                ? volumes.create(config.name(), config.store(), config.sizeBytes())
                : Future.failedFuture(missing));
  }

  private static void report(VolumeConfig config, VolumeInfo there) {
    if (there.sizeBytes() == config.sizeBytes()) return;
    LOG.atWarn()
        .addKeyValue("volume", config.name())
        .addKeyValue("sizeBytes", there.sizeBytes())
        .addKeyValue("configuredBytes", config.sizeBytes())
        .log("a volume has another size than the configuration says; it stays as it is");
  }
}
