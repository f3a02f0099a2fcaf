package dev.penstock.gateway.config;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiPredicate;
import java.util.function.Function;

/**
 * What has to be done to get from the configuration that runs to another one. Pure: nothing is done
 * here.
 *
 * @param hooksChanged in force from the next snapshot on, and nothing is to be done
 * @param needsRestart what is different and cannot be applied while the gateway runs, in sentences
 */
public record ConfigDiff(
    Change<StoreConfig> stores,
    List<VolumeConfig> volumesAdded,
    Change<ModuleConfig> modules,
    boolean hooksChanged,
    List<String> needsRestart) {

  public ConfigDiff {
    volumesAdded = List.copyOf(volumesAdded);
    needsRestart = List.copyOf(needsRestart);
  }

  /** What happened to the named things of one kind. {@code changed} has them as they are now. */
  public record Change<T>(List<T> added, List<T> changed, List<T> removed) {
    public Change {
      added = List.copyOf(added);
      changed = List.copyOf(changed);
      removed = List.copyOf(removed);
    }

    static <T> Change<T> between(
        List<T> before, List<T> after, Function<T, String> name, BiPredicate<T, T> same) {
      Map<String, T> old = new HashMap<>();
      before.forEach(one -> old.put(name.apply(one), one));
      List<T> added = new ArrayList<>();
      List<T> changed = new ArrayList<>();
      for (T one : after) {
        Optional<T> was = Optional.ofNullable(old.remove(name.apply(one)));
        if (was.isEmpty()) added.add(one);
        else if (!same.test(was.get(), one)) changed.add(one);
      }
      return new Change<>(
          added, changed, before.stream().filter(one -> old.containsKey(name.apply(one))).toList());
    }
  }

  /** Reads every key of both: neither can be checked for unknown keys afterwards. */
  static ConfigDiff between(GatewayConfig before, GatewayConfig after) {
    var stores =
        Change.between(
            before.stores(),
            after.stores(),
            StoreConfig::name,
            (a, b) -> a.kind().equals(b.kind()) && Plain.same(a.settings(), b.settings()));
    var modules =
        Change.between(
            before.modules(),
            after.modules(),
            ModuleConfig::name,
            (a, b) -> a.kind().equals(b.kind()) && Plain.same(a.settings(), b.settings()));
    var volumes =
        Change.between(
            before.volumes(),
            after.volumes(),
            VolumeConfig::name,
            (a, b) -> a.store().equals(b.store()) && a.sizeBytes() == b.sizeBytes());
    return new ConfigDiff(
        stores,
        volumes.added(),
        modules,
        !before.snapshots().equals(after.snapshots()),
        restarts(before, after, stores, volumes));
  }

  private static List<String> restarts(
      GatewayConfig before,
      GatewayConfig after,
      Change<StoreConfig> stores,
      Change<VolumeConfig> volumes) {
    List<String> needed = new ArrayList<>();
    if (!before.gateway().equals(after.gateway())) needed.add("gateway: changed");
    if (!before.workers().equals(after.workers())) needed.add("workers: changed");
    if (!before.admin().equals(after.admin())) needed.add("admin: changed");
    stores.changed().forEach(store -> needed.add("stores.%s: changed".formatted(store.name())));
    volumes
        .changed()
        .forEach(volume ->
            needed.add(
                "volumes.%s: a volume that is there is not changed by the file; see `penstock volume --help`"
                    .formatted(volume.name())));
    return needed;
  }

  /** Whether there is nothing to do and nothing to say. */
  public boolean isEmpty() {
    return !hooksChanged
        && List.of(
                stores.added(),
                stores.removed(),
                volumesAdded,
                modules.added(),
                modules.changed(),
                modules.removed(),
                needsRestart)
            .stream()
            .allMatch(List::isEmpty);
  }
}
