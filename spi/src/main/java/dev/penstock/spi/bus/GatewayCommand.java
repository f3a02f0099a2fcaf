package dev.penstock.spi.bus;

/**
 * Something that the host is asked to do, on {@link Addresses#COMMANDS}. Answered with a {@link
 * CommandDone} when it is done, which may be long after the question; a failure arrives as the
 * {@link dev.penstock.spi.GatewayError} that it is.
 *
 * @since SPI 1.0
 */
public sealed interface GatewayCommand {
  /** Starts a module that is stopped or failed. */
  record StartModule(String module) implements GatewayCommand {}

  /** Stops a module and keeps it stopped until it is started, or the gateway is. */
  record StopModule(String module) implements GatewayCommand {}

  /** Stops and starts a module, with its settings as they are now. */
  record RestartModule(String module) implements GatewayCommand {}

  /** Loads a plugin from the archive of its name in the plugins folder. */
  record LoadPlugin(String plugin) implements GatewayCommand {}

  /** Stops what the plugin runs and lets its classes go. */
  record UnloadPlugin(String plugin) implements GatewayCommand {}

  /** Unloads and loads a plugin, and starts again what it ran. */
  record ReloadPlugin(String plugin) implements GatewayCommand {}

  /** Reads the configuration again and applies what can be applied. */
  record ReloadConfig() implements GatewayCommand {}
}
