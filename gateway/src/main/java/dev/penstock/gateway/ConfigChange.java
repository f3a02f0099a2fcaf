package dev.penstock.gateway;

import dev.penstock.gateway.config.ConfigDiff;
import dev.penstock.gateway.config.ConfigService;
import dev.penstock.gateway.config.ModuleConfig;
import dev.penstock.gateway.config.StoreConfig;
import dev.penstock.gateway.config.VolumeConfig;
import dev.penstock.gateway.module.ModuleRegistry;
import dev.penstock.gateway.plugin.PluginFault;
import dev.penstock.spi.GatewayError;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;

/**
 * Applies a changed configuration to what runs. One step that fails is told, and the others are
 * taken nevertheless: what can serve, serves.
 */
record ConfigChange(ModuleRegistry modules, ConfiguredStores stores)
    implements ConfigService.Application {
  private static final String CLOSED = "store %s closed";

  /**
   * Users go before what they use, and come after it. A store that a module gives up only with its
   * new settings closes last.
   */
  @Override
  public Future<List<String>> apply(ConfigDiff diff) {
    var done = new Steps(new ArrayList<>());
    Future<Void> all = Future.succeededFuture();
    for (ModuleConfig module : diff.modules().removed())
      all =
          all.compose(
              _ -> done.note("module %s removed", module.name(), modules.remove(module.name())));
    List<String> inUse = new ArrayList<>();
    for (StoreConfig store : diff.stores().removed())
      all = all.compose(_ -> closeUnused(store.name(), inUse, done));
    for (StoreConfig store : diff.stores().added())
      all = all.compose(_ -> done.note("store %s opened", store.name(), stores.open(store)));
    for (VolumeConfig volume : diff.volumesAdded())
      all = all.compose(_ -> done.note("volume %s is there", volume.name(), stores.make(volume)));
    for (ModuleConfig module : diff.modules().changed())
      all =
          all.compose(
              _ -> done.note("module %s changed", module.name(), modules.reconfigure(module)));
    for (ModuleConfig module : diff.modules().added())
      all = all.compose(_ -> done.note("module %s added", module.name(), added(module)));
    return all.compose(_ -> closeAll(inUse, done)).map(_ -> List.copyOf(done.said));
  }

  private Future<Void> closeUnused(String store, List<String> inUse, Steps done) {
    return stores
        .close(store)
        .transform(result -> {
          if (!(result.cause() instanceof GatewayError.Conflict))
            return done.note(
                CLOSED,
                store,
                result.succeeded()
                    ? Future.succeededFuture()
                    : Future.failedFuture(result.cause()));
          inUse.add(store);
          return Future.succeededFuture();
        });
  }

  private Future<Void> closeAll(List<String> names, Steps done) {
    Future<Void> all = Future.succeededFuture();
    for (String store : names)
      all = all.compose(_ -> done.note(CLOSED, store, stores.close(store)));
    return all;
  }

  @Override
  public boolean isOpen(String store) {
    return stores.isOpen(store);
  }

  @Override
  public boolean hasTaken(ModuleConfig module) {
    return modules.hasTaken(module);
  }

  private Future<?> added(ModuleConfig module) {
    modules.add(module);
    return modules.start(module.name());
  }

  /** Collects what was done, in sentences. */
  private record Steps(List<String> said) {
    Future<Void> note(String sentence, String name, Future<?> step) {
      return step.transform(result -> {
        String what = sentence.formatted(name);
        said.add(
            result.succeeded()
                ? what
                : "not done: %s: %s".formatted(what, PluginFault.copy(result.cause()).what()));
        return Future.succeededFuture();
      });
    }
  }
}
