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
          modules.start(module).map(_ -> said("module %s runs", module));
      case GatewayCommand.StopModule(var module) ->
          modules.stop(module).map(_ -> said("module %s has stopped", module));
      case GatewayCommand.RestartModule(var module) ->
          modules.restart(module).map(_ -> said("module %s runs again", module));
      case GatewayCommand.LoadPlugin(var plugin) ->
          plugins.load(plugin).map(p -> said("plugin %s %s is loaded", plugin, p.version()));
      case GatewayCommand.UnloadPlugin(var plugin) ->
          plugins.unload(plugin).map(_ -> said("plugin %s is unloaded", plugin));
      case GatewayCommand.ReloadPlugin(var plugin) ->
          plugins.reload(plugin).map(p -> said("plugin %s %s is loaded", plugin, p.version()));
      case GatewayCommand.ReloadConfig() ->
          config.reload().map(done -> said("%d changes are applied", done.applied().size()));
    };
  }

  private static CommandDone said(String format, Object... arguments) {
    return new CommandDone(format.formatted(arguments));
  }
}
