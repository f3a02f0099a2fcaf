package dev.penstock.gateway;

import dev.penstock.gateway.config.ConfigDiff;
import dev.penstock.gateway.config.ConfigService;
import dev.penstock.gateway.config.ModuleConfig;
import dev.penstock.gateway.config.StoreConfig;
import dev.penstock.gateway.config.VolumeConfig;
import dev.penstock.gateway.module.ModuleRegistry;
import dev.penstock.gateway.plugin.PluginFault;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;

/**
 * Applies a changed configuration to what runs. One step that fails is told, and the others are
 * taken nevertheless: what can serve, serves.
 */
record ConfigChange(ModuleRegistry modules, ConfiguredStores stores)
    implements ConfigService.Application {

  /** Users go before what they use, and come after it. */
  @Override
  public Future<List<String>> apply(ConfigDiff diff) {
    var done = new Steps(new ArrayList<>());
    Future<Void> all = Future.succeededFuture();
    for (ModuleConfig module : diff.modules().removed())
      all =
          all.compose(
              _ -> done.note("module %s removed", module.name(), modules.remove(module.name())));
    for (StoreConfig store : diff.stores().removed())
      all =
          all.compose(_ -> done.note("store %s closed", store.name(), stores.close(store.name())));
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
    return all.map(_ -> List.copyOf(done.said));
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
