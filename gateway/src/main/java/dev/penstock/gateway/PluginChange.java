package dev.penstock.gateway;

import dev.penstock.gateway.config.GatewayConfig;
import dev.penstock.gateway.config.StoreConfig;
import dev.penstock.gateway.config.VolumeConfig;
import dev.penstock.gateway.module.ModuleRegistry;
import dev.penstock.gateway.plugin.PluginStatus;
import dev.penstock.gateway.plugin.PluginStatus.Role;
import dev.penstock.gateway.plugin.PluginUse;
import dev.penstock.gateway.volume.VolumeRegistry;
import dev.penstock.gateway.volume.VolumeStatus;
import dev.penstock.spi.GatewayError;
import io.vertx.core.Future;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes a plugin out of service and back in: its modules stop before its stores close, and stores
 * open before modules start.
 */
final class PluginChange implements PluginUse {
  private static final Logger LOG = LoggerFactory.getLogger(PluginChange.class);

  private final ModuleRegistry modules;
  private final ConfiguredStores stores;
  private final VolumeRegistry volumes;
  private final Supplier<GatewayConfig> config;

  PluginChange(
      ModuleRegistry modules,
      ConfiguredStores stores,
      VolumeRegistry volumes,
      Supplier<GatewayConfig> config) {
    this.modules = modules;
    this.stores = stores;
    this.volumes = volumes;
    this.config = config;
  }

  @Override
  public Future<Void> release(PluginStatus plugin) {
    Set<String> itsStores = Set.copyOf(stores.of(plugin.id()));
    return refuseIfOthersUse(plugin, itsStores)
        .compose(_ -> modules.haltPlugin(plugin.id()))
        .compose(_ -> closeAll(itsStores))
        // What was stopped on the way goes on: the plugin stays loaded.
        .recover(failure -> resume(plugin).transform(_ -> Future.failedFuture(failure)));
  }

  private Future<Void> refuseIfOthersUse(PluginStatus plugin, Set<String> itsStores) {
    if (itsStores.isEmpty()) return Future.succeededFuture();
    Set<String> itsModules = modules.modulesOf(plugin.id());
    return volumes
        .statuses()
        .compose(all -> {
          var used =
              all.stream()
                  .filter(volume -> itsStores.contains(volume.store()))
                  .flatMap(volume -> foreignUse(volume, itsModules).stream())
                  .toList();
          return used.isEmpty()
              ? Future.succeededFuture()
              : Future.failedFuture(inUse(plugin, used));
        });
  }

  private static List<String> foreignUse(VolumeStatus volume, Set<String> itsModules) {
    return volume.users().stream()
        .map(VolumeStatus.User::name)
        .filter(user -> itsModules.stream().noneMatch(module -> Lending.isOf(module, user)))
        .map(user -> "%s by %s".formatted(volume.info().name(), user))
        .toList();
  }

  private static GatewayError inUse(PluginStatus plugin, List<String> used) {
    return new GatewayError.Conflict(
        "volumes of the plugin %s are in use: %s; stop what uses them first"
            .formatted(plugin.id(), used.stream().sorted().collect(Collectors.joining(", "))));
  }

  private Future<Void> closeAll(Set<String> names) {
    Future<Void> all = Future.succeededFuture();
    for (String name : names) all = all.compose(_ -> stores.close(name));
    return all;
  }

  @Override
  public Future<Void> resume(PluginStatus plugin) {
    Set<String> moduleKinds = kinds(plugin, Role.MODULE);
    Set<String> storeKinds = kinds(plugin, Role.STORE);
    var running = config.get();
    Future<Void> all = Future.succeededFuture();
    for (StoreConfig store : running.stores())
      if (storeKinds.contains(store.kind()) && !stores.isOpen(store.name()))
        all = all.compose(_ -> orComplain("store " + store.name(), stores.open(store)));
    for (VolumeConfig volume : running.volumes())
      if (running.stores().stream()
          .anyMatch(s -> s.name().equals(volume.store()) && storeKinds.contains(s.kind())))
        all = all.compose(_ -> orComplain("volume " + volume.name(), stores.make(volume)));
    return all.compose(_ -> modules.startKinds(moduleKinds::contains));
  }

  /** One that does not come back is told of by its status and event, and never stops the others. */
  private static Future<Void> orComplain(String what, Future<?> step) {
    return step.onFailure(failure ->
            LOG.atWarn()
                .addKeyValue("subject", what)
                .addKeyValue("reason", failure.getMessage())
                .log("not brought back after a change of plugins"))
        .<Void>mapEmpty()
        .otherwiseEmpty();
  }

  private static Set<String> kinds(PluginStatus plugin, Role role) {
    return plugin.extensions().stream()
        .filter(extension -> extension.role() == role)
        .map(PluginStatus.Extension::kind)
        .collect(Collectors.toSet());
  }
}
