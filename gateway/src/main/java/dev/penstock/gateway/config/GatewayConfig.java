package dev.penstock.gateway.config;

import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Mark;
import dev.penstock.spi.config.Problems;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * The whole configuration. Whether the settings of stores and modules are right is for their
 * plugins to say: {@link ConfigCheck}.
 *
 * @param file that it was read from
 * @param root what was written there
 */
public record GatewayConfig(
    Path file,
    Block root,
    GatewaySettings gateway,
    WorkersConfig workers,
    AdminConfig admin,
    SnapshotsConfig snapshots,
    List<StoreConfig> stores,
    List<VolumeConfig> volumes,
    List<ModuleConfig> modules) {

  public GatewayConfig {
    stores = List.copyOf(stores);
    volumes = List.copyOf(volumes);
    modules = List.copyOf(modules);
  }

  /** Reads the file's blocks. The result is only of use if there was no problem. */
  static GatewayConfig read(Path file, Block root, Problems problems) {
    var stores =
        root.namedBlocks("stores", problems).stream()
            .map(named -> StoreConfig.read(named, problems))
            .toList();
    var storeNames = stores.stream().map(StoreConfig::name).collect(Collectors.toSet());
    var config =
        new GatewayConfig(
            file,
            root,
            GatewaySettings.read(root.block("gateway", problems), problems),
            WorkersConfig.read(root.block("workers", problems), problems),
            AdminConfig.read(root.block("admin", problems), problems),
            SnapshotsConfig.read(root.block("snapshots", problems), problems),
            stores,
            root.namedBlocks("volumes", problems).stream()
                .map(named -> VolumeConfig.read(named, storeNames, problems))
                .toList(),
            root.namedBlocks("modules", problems).stream()
                .map(named -> ModuleConfig.read(named, problems))
                .toList());
    root.refuseOtherKeys(problems);
    return config;
  }

  /**
   * What is really there of it: a store that is not open, and volumes in it, are still to be made.
   */
  GatewayConfig asFarAs(Predicate<String> openStore) {
    return new GatewayConfig(
        file,
        root,
        gateway,
        workers,
        admin,
        snapshots,
        stores.stream().filter(store -> openStore.test(store.name())).toList(),
        volumes.stream().filter(volume -> openStore.test(volume.store())).toList(),
        modules);
  }

  /**
   * What is in force after a reload: what needs a restart stays as it was, and so do a store that
   * did not close and a module that did not take its settings, so that the next reload finds them
   * again.
   */
  GatewayConfig withReloaded(
      GatewayConfig wanted,
      ConfigDiff diff,
      Predicate<String> openStore,
      Predicate<ModuleConfig> taken) {
    var unchanged = diff.stores().changed().stream().map(StoreConfig::name).toList();
    List<StoreConfig> inForce = new ArrayList<>();
    for (StoreConfig store : wanted.stores())
      inForce.add(unchanged.contains(store.name()) ? store(store.name()) : store);
    for (StoreConfig store : diff.stores().removed())
      if (openStore.test(store.name())) inForce.add(store);
    return new GatewayConfig(
        wanted.file,
        wanted.root,
        gateway,
        workers,
        admin,
        wanted.snapshots,
        inForce,
        wanted.volumes,
        wanted.modules.stream()
            .map(module ->
                diff.modules().changed().contains(module) && !taken.test(module)
                    ? module(module.name())
                    : module)
            .toList());
  }

  private ModuleConfig module(String name) {
    return modules.stream().filter(module -> module.name().equals(name)).findFirst().orElseThrow();
  }

  private StoreConfig store(String name) {
    return stores.stream().filter(store -> store.name().equals(name)).findFirst().orElseThrow();
  }

  /** Where problems of the file as a whole are reported. */
  static Mark top(Path file) {
    return new Mark(file.toString(), 1);
  }
}
