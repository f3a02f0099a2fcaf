package dev.penstock.gateway.volume;

import static java.util.Objects.requireNonNull;

import dev.penstock.gateway.lease.Leases;
import dev.penstock.gateway.plugin.PluginFault;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.bus.Events;
import dev.penstock.spi.bus.GatewayEvent.SnapshotDestroyed;
import dev.penstock.spi.snapshot.Fate;
import dev.penstock.spi.snapshot.Meant;
import dev.penstock.spi.volume.SnapshotInfo;
import dev.penstock.spi.volume.SnapshotName;
import io.vertx.core.Future;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * Destroys snapshots: condemns those that nobody needs, has the store destroy them, and forgets the
 * condemnation, whatever came of it. A result for each.
 */
final class Destroying {
  private final VolumeRegistry registry;
  private final Leases leases;
  private final Events events;
  private final InstantSource clock;

  Destroying(VolumeRegistry registry, Leases leases, Events events, InstantSource clock) {
    this.registry = registry;
    this.leases = leases;
    this.events = events;
    this.clock = clock;
  }

  /** A snapshot that is there. */
  private record Target(SnapshotName name, UUID guid) {}

  /** One volume after another, each in its turn; answers in the order of the question. */
  Future<List<Fate>> destroy(List<Meant> snapshots) {
    Map<String, List<Meant>> byVolume =
        snapshots.stream()
            .collect(
                Collectors.groupingBy(
                    one -> one.name().volume(), LinkedHashMap::new, Collectors.toList()));
    Map<SnapshotName, Fate> results = new HashMap<>();
    Future<Void> all = Future.succeededFuture();
    for (var volume : byVolume.entrySet())
      all =
          all.compose(_ ->
              ofVolume(volume.getKey(), volume.getValue())
                  .otherwise(
                      why -> volume.getValue().stream().map(one -> stays(one.name(), why)).toList())
                  .onSuccess(its -> its.forEach(one -> results.put(one.name(), one)))
                  .mapEmpty());
    return all.map(_ ->
        snapshots.stream()
            .map(Meant::name)
            .distinct()
            .map(name -> requireNonNull(results.get(name)))
            .toList());
  }

  /** Undoes a snapshot that was just made, in the turn in which it was made. */
  Future<Optional<GatewayError>> undo(OpenStore store, SnapshotName name, SnapshotInfo made) {
    return condemnAndDestroy(store, name.volume(), List.of(new Target(name, made.guid())))
        .otherwise(why -> List.of(stays(name, why)))
        .map(results -> VolumeSnapshots.why(results.getFirst()));
  }

  private Future<List<Fate>> ofVolume(String volume, List<Meant> snapshots) {
    return registry
        .slots()
        .steps(
            List.of(volume),
            _ -> registry.names().find(volume).compose(there -> inTurn(there, snapshots)));
  }

  /** For whoever has the turn of the volume. */
  Future<List<Fate>> inTurn(VolumeNames.Named there, List<Meant> snapshots) {
    String volume = there.info().name();
    return there
        .store()
        .onSnapshots(volume, its -> its.list(volume))
        .compose(all -> those(there, all, snapshots));
  }

  private Future<List<Fate>> those(
      VolumeNames.Named there, List<SnapshotInfo> all, List<Meant> snapshots) {
    List<Fate> results = new ArrayList<>();
    List<Target> targets = new ArrayList<>();
    Map<String, SnapshotInfo> byName = new HashMap<>(); // there may be thousands of either
    for (SnapshotInfo info : all) byName.put(info.name(), info);
    for (Meant one : snapshots)
      try {
        SnapshotInfo info =
            FoundSnapshot.meant(
                one, Optional.ofNullable(byName.get(one.name().snapshot())).stream().toList());
        if (info.holds().isEmpty()) targets.add(new Target(one.name(), info.guid()));
        else results.add(new Fate.Deferred(one.name(), held(info)));
      } catch (GatewayError why) {
        results.add(stays(one.name(), why));
      }
    return condemnAndDestroy(there.store(), there.info().name(), targets)
        .map(destroyed -> {
          for (int i = 0; i < destroyed.size(); i++)
            if (destroyed.get(i) instanceof Fate.Destroyed)
              tell(targets.get(i), there.info().guid());
          results.addAll(destroyed);
          return results;
        });
  }

  /** A result for each, in their order. */
  private Future<List<Fate>> condemnAndDestroy(
      OpenStore store, String volume, List<Target> targets) {
    return leases
        .condemn(targets.stream().map(Target::guid).toList())
        .compose(wish ->
            destroyed(store, volume, wish.guids())
                .map(said -> targets.stream().map(one -> fate(one, wish, said)).toList()));
  }

  private Future<Map<UUID, Optional<GatewayError>>> destroyed(
      OpenStore store, String volume, List<UUID> condemned) {
    if (condemned.isEmpty()) return Future.succeededFuture(Map.of());
    return store
        .onSnapshots(volume, its -> its.destroy(volume, condemned))
        .eventually(() -> leases.forget(condemned).otherwiseEmpty());
  }

  /** What the store does not speak of was not destroyed. */
  private static Fate fate(
      Target one, Leases.Condemned wish, Map<UUID, Optional<GatewayError>> said) {
    String who = wish.deferred().get(one.guid());
    if (who != null) return new Fate.Deferred(one.name(), who);
    Optional<GatewayError> why =
        said.getOrDefault(
            one.guid(),
            Optional.of(
                new GatewayError.Failed(
                    Scope.REQUEST,
                    "%s: its store did not say what became of it".formatted(one.name()))));
    return why.<Fate>map(error -> new Fate.Failed(one.name(), PluginFault.copy(error)))
        .orElseGet(() -> new Fate.Destroyed(one.name()));
  }

  private static String held(SnapshotInfo info) {
    return "hold " + String.join(", ", info.holds());
  }

  private static Fate stays(SnapshotName name, Throwable why) {
    return new Fate.Failed(name, PluginFault.copy(why));
  }

  private void tell(Target one, UUID volume) {
    registry.slots().removed(one.name().toString());
    events.publish(
        new SnapshotDestroyed(clock.instant(), one.name().toString(), one.guid(), volume));
  }
}
