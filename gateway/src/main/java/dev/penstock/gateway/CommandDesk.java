package dev.penstock.gateway;

import dev.penstock.gateway.config.ConfigService;
import dev.penstock.gateway.module.ModuleRegistry;
import dev.penstock.gateway.plugin.PluginRegistry;
import dev.penstock.spi.bus.CommandDone;
import dev.penstock.spi.bus.GatewayCommand;
import io.vertx.core.Future;

/** Carries out what is asked for on the bus. */
record CommandDesk(ModuleRegistry modules, PluginRegistry plugins, ConfigService config) {
  Future<CommandDone> carryOut(GatewayCommand command) {
    return switch (command) {
      case GatewayCommand.StartModule(var module) ->
          modules.start(module).map(_ -> new CommandDone("module %s runs".formatted(module)));
      case GatewayCommand.StopModule(var module) ->
          modules.stop(module).map(_ -> new CommandDone("module %s has stopped".formatted(module)));
      case GatewayCommand.RestartModule(var module) ->
          modules
              .restart(module)
              .map(_ -> new CommandDone("module %s runs again".formatted(module)));
      case GatewayCommand.LoadPlugin(var plugin) ->
          plugins
              .load(plugin)
              .map(p -> new CommandDone("plugin %s %s is loaded".formatted(plugin, p.version())));
      case GatewayCommand.UnloadPlugin(var plugin) ->
          plugins
              .unload(plugin)
              .map(_ -> new CommandDone("plugin %s is unloaded".formatted(plugin)));
      case GatewayCommand.ReloadPlugin(var plugin) ->
          plugins
              .reload(plugin)
              .map(p -> new CommandDone("plugin %s %s is loaded".formatted(plugin, p.version())));
      case GatewayCommand.ReloadConfig() ->
          config
              .reload()
              .map(done ->
                  new CommandDone("%d changes are applied".formatted(done.applied().size())));
    };
  }
}
