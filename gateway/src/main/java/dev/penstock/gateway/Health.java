package dev.penstock.gateway;

import dev.penstock.gateway.admin.Subjects;
import dev.penstock.gateway.admin.Subjects.Check;
import dev.penstock.gateway.module.ModuleLife;
import dev.penstock.gateway.module.ModuleRegistry;
import dev.penstock.gateway.module.ModuleStatus;
import dev.penstock.gateway.plugin.LoaderWatch;
import dev.penstock.gateway.plugin.PluginRegistry;
import dev.penstock.gateway.volume.StoreRegistry;
import dev.penstock.gateway.volume.StoreStatus;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * The gateway itself, as the admin API shows it: who it is, and whether it is well.
 *
 * @param name as configured
 * @param guid for as long as its state is kept
 */
record Health(
    String name,
    UUID guid,
    Instant startedAt,
    StoreRegistry stores,
    ModuleRegistry modules,
    PluginRegistry plugins)
    implements Subjects.Self {

  @Override
  public String version() {
    String built = Gateway.class.getPackage().getImplementationVersion();
    return built == null ? "unpackaged" : built; // classes in a folder have no manifest
  }

  @Override
  public List<Check> checks() {
    List<Check> checks = new ArrayList<>();
    stores.statuses().forEach(store -> checks.add(check(store)));
    modules.modules().forEach(module -> checks.add(check(module)));
    checks.add(new Check("plugin classes", true, retained()));
    return checks;
  }

  private static Check check(StoreStatus store) {
    boolean open = store.state() == StoreStatus.State.OPEN;
    return new Check(
        "store " + store.name(),
        open,
        open ? "" : word(store.state()) + store.trouble().map(why -> ": " + why).orElse(""));
  }

  /** A module that somebody stopped on purpose is not missed. */
  private static Check check(ModuleStatus module) {
    String name = "module " + module.name();
    if (module.blocked().isPresent())
      return new Check(
          name,
          false,
          "an event loop has not answered for %d ms"
              .formatted(module.blocked().orElseThrow().toMillis()));
    boolean well = module.state() == ModuleLife.RUNNING || module.state() == ModuleLife.STOPPED;
    return new Check(
        name,
        well,
        well ? "" : word(module.state()) + module.reason().map(why -> ": " + why).orElse(""));
  }

  /** Costs memory and hurts nobody yet: told, and no reason to turn clients away. */
  private String retained() {
    List<LoaderWatch.Retained> retained = plugins.retainedLoaders();
    if (retained.isEmpty()) return "";
    return retained.stream()
        .map(plugin -> plugin.plugin() + " " + plugin.version())
        .collect(Collectors.joining(", ", "still in memory after they were unloaded: ", ""));
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
