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
import java.time.Duration;
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
 * condemnation, whatever came of it. A result for each. To make room, also what gives way: what is
 * being sent of it is broken off once nobody can begin anything with it any more.
 */
final class Destroying {
  /** Whoever asked does not wait any more, and may want something else by now. */
  static final Duration TURN_MAX = Duration.ofMinutes(1);

  private final VolumeRegistry registry;
  private final Leases leases;
  private final Sendings sendings;
  private final Events events;
  private final InstantSource clock;
  private final Duration turnMax;

  /**
   * @param turnMax how long a destroy may wait for the turn of its volume: one that comes to it
   *     later destroys nothing
   */
  Destroying(
      VolumeRegistry registry,
      Leases leases,
      Sendings sendings,
      Events events,
      InstantSource clock,
      Duration turnMax) {
    this.registry = registry;
    this.leases = leases;
    this.sendings = sendings;
    this.events = events;
    this.clock = clock;
    this.turnMax = turnMax;
  }

  /** A snapshot that is there. */
  private record Target(SnapshotName name, UUID guid) {}

  /** What is done about those who need one. */
  enum Need {
    /** It stays. */
    SPARED,
    /** It goes, if they can do without: {@link Leases#condemnNeeded}. */
    GIVES_WAY
  }

  /** One volume after another, each in its turn; answers in the order of the question. */
  Future<List<Fate>> destroy(List<Meant> snapshots, Need need) {
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
              ofVolume(volume.getKey(), volume.getValue(), need)
                  .otherwise(why -> allStay(volume.getValue(), why))
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
    return condemnAndDestroy(
            store, name.volume(), List.of(new Target(name, made.guid())), Need.SPARED)
        .otherwise(why -> List.of(stays(name, why)))
        .map(results -> VolumeSnapshots.why(results.getFirst()));
  }

  private Future<List<Fate>> ofVolume(String volume, List<Meant> snapshots, Need need) {
    long askedNanos = System.nanoTime();
    return registry
        .slots()
        .step(
            volume,
            _ -> {
              requireWanted(volume, System.nanoTime() - askedNanos);
              return registry.names().find(volume).compose(there -> inTurn(there, snapshots, need));
            });
  }

  private void requireWanted(String volume, long waitedNanos) {
    if (waitedNanos > turnMax.toNanos())
      throw new GatewayError.Unavailable(
          Scope.RESOURCE,
          turnMax,
          "volume %s was busy for more than %d s, and no snapshot of it was destroyed; ask again"
              .formatted(volume, turnMax.toSeconds()));
  }

  /** For whoever has the turn of the volume. */
  Future<List<Fate>> inTurn(VolumeNames.Named there, List<Meant> snapshots, Need need) {
    String volume = there.info().name();
    return there
        .store()
        .onSnapshots(volume, its -> its.list(volume))
        .compose(all -> those(there, all, snapshots, need));
  }

  private Future<List<Fate>> those(
      VolumeNames.Named there, List<SnapshotInfo> all, List<Meant> snapshots, Need need) {
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
    return condemnAndDestroy(there.store(), there.info().name(), targets, need)
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
      OpenStore store, String volume, List<Target> targets, Need need) {
    return condemned(targets, need)
        .compose(wish ->
            destroyed(store, volume, wish.guids())
                .map(said -> targets.stream().map(one -> fate(one, wish, said)).toList()));
  }

  private Future<Leases.Condemned> condemned(List<Target> targets, Need need) {
    List<UUID> guids = targets.stream().map(Target::guid).toList();
    return switch (need) {
      case SPARED -> leases.condemn(guids);
      case GIVES_WAY -> leases.condemnNeeded(guids).compose(wish -> released(targets, wish));
    };
  }

  /** What is sent all the same, since a call of its store does not come back, is acquitted. */
  private Future<Leases.Condemned> released(List<Target> targets, Leases.Condemned wish) {
    if (leases.holders(wish.guids()).isEmpty()) return Future.succeededFuture(wish);
    return sendings
        .breakOff(wish.guids(), wentForRoom(targets, wish))
        .compose(_ -> {
          Map<UUID, String> still = leases.holders(wish.guids());
          List<UUID> free = wish.guids().stream().filter(one -> !still.containsKey(one)).toList();
          Map<UUID, String> deferred = new HashMap<>(wish.deferred());
          deferred.putAll(still);
          return leases
              .forget(still.keySet())
              .otherwiseEmpty()
              .map(new Leases.Condemned(free, deferred));
        });
  }

  private static GatewayError wentForRoom(List<Target> targets, Leases.Condemned wish) {
    String which =
        targets.stream()
            .filter(one -> wish.guids().contains(one.guid()))
            .map(one -> one.name().toString())
            .collect(Collectors.joining(", "));
    return new GatewayError.Conflict(
        "the sending was broken off: its store has little room, and %s goes".formatted(which));
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

  /** A fate for each, once. */
  static List<Fate> allStay(List<Meant> snapshots, Throwable why) {
    return snapshots.stream().map(Meant::name).distinct().map(name -> stays(name, why)).toList();
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
