package dev.penstock.gateway.volume;

import dev.penstock.gateway.bus.Deadline;
import dev.penstock.gateway.hook.Hooks;
import dev.penstock.gateway.volume.Snapshots.Shown;
import dev.penstock.gateway.volume.Snapshots.Taken;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.bus.Events;
import dev.penstock.spi.bus.GatewayEvent.SnapshotCreated;
import dev.penstock.spi.metrics.Metrics;
import dev.penstock.spi.volume.SnapshotInfo;
import dev.penstock.spi.volume.SnapshotName;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * Takes snapshots of one volume or several: what can be refused is refused, hooks are run, and then
 * all volumes have their turn for a {@link GroupSnapshot}.
 */
final class Taking {
  private final VolumeRegistry registry;
  private final Hooks hooks;
  private final GroupSnapshot.Undo undo;
  private final Deadline deadline;
  private final Events events;
  private final InstantSource clock;
  private final Metrics.Timer taken;
  private final Metrics.Timer failed;
  private final Metrics.Timer held;

  Taking(
      VolumeRegistry registry,
      Hooks hooks,
      GroupSnapshot.Undo undo,
      Deadline deadline,
      Metrics metrics,
      Events events,
      InstantSource clock) {
    this.registry = registry;
    this.hooks = hooks;
    this.undo = undo;
    this.deadline = deadline;
    this.events = events;
    this.clock = clock;
    String help = "How long taking snapshots of a group of volumes takes, hooks included";
    this.taken = metrics.timer("snapshot", help, "result", "taken");
    this.failed = metrics.timer("snapshot", help, "result", "failed");
    this.held = metrics.timer("snapshot_held", "How long writes wait for a snapshot");
  }

  Future<Taken> create(List<SnapshotName> names, Duration limit) {
    Optional<GatewayError> refusal = refusalOf(names);
    if (refusal.isPresent()) return Future.failedFuture(refusal.get());
    long beganNanos = System.nanoTime();
    return eachFree(names)
        .compose(_ -> hooks.around(names, () -> takeInTurn(names, limit)))
        .map(done -> told(names, done))
        .onSuccess(result -> {
          taken.record(System.nanoTime() - beganNanos);
          held.record(result.held().toNanos());
        })
        .onFailure(_ -> failed.record(System.nanoTime() - beganNanos));
  }

  private static Optional<GatewayError> refusalOf(List<SnapshotName> names) {
    if (names.isEmpty() || names.size() > Snapshots.GROUP_MAX)
      return Optional.of(
          new GatewayError.Invalid(
              "a group is of 1 to %d snapshots, not of %d"
                  .formatted(Snapshots.GROUP_MAX, names.size())));
    Set<String> seen = new HashSet<>();
    return names.stream()
        .filter(name -> !seen.add(name.volume()))
        .findFirst()
        .map(twice ->
            new GatewayError.Invalid(
                "volume %s is in the group twice: of one instant there is one snapshot"
                    .formatted(twice.volume())));
  }

  /** Before a hook is run for nothing. */
  private Future<Void> eachFree(List<SnapshotName> names) {
    return Future.all(names.stream().map(this::free).toList()).mapEmpty();
  }

  private Future<Void> free(SnapshotName name) {
    return registry
        .names()
        .find(name.volume())
        .compose(there -> there.store().onSnapshots(name.volume(), its -> its.list(name.volume())))
        .map(its -> {
          if (its.stream().anyMatch(info -> info.name().equals(name.snapshot())))
            throw new GatewayError.Conflict("there is a snapshot %s already".formatted(name));
          return null;
        });
  }

  /** What was taken, of which volume. */
  private record Group(GroupSnapshot.Result result, List<UUID> volumes) {}

  /**
   * The turns last until the stores are done; the answer comes once writes go on. Hooks keep an
   * application quiet meanwhile: the limit counts from here on, and a group that is not gathered by
   * then is not taken any more.
   */
  private Future<Group> takeInTurn(List<SnapshotName> names, Duration limit) {
    var left = TimeLeft.of(deadline, limit);
    Promise<Void> gathered = Promise.promise();
    Future<Void> inTime =
        left.within(Duration.ZERO, "waiting for " + called(names), gathered.future());
    Promise<Group> answered = Promise.promise();
    inTime.onFailure(answered::tryFail);
    registry
        .slots()
        .steps(
            names.stream().map(SnapshotName::volume).toList(),
            slots -> {
              if (inTime.failed()) return inTime;
              var group = new GroupSnapshot(left, undo);
              List<UUID> guids = new ArrayList<>();
              gather(group, names, slots, guids).onComplete(gathered);
              return inTime
                  .compose(_ -> group.take())
                  .onSuccess(result -> answered.tryComplete(new Group(result, guids)))
                  .onFailure(answered::tryFail)
                  .transform(_ -> group.ended());
            })
        .onFailure(gathered::tryFail);
    return answered.future();
  }

  private static String called(List<SnapshotName> names) {
    return names.stream().map(SnapshotName::volume).collect(Collectors.joining(", "));
  }

  private Future<Void> gather(
      GroupSnapshot group, List<SnapshotName> names, VolumeSlots.Taken slots, List<UUID> guids) {
    List<Future<VolumeNames.Named>> found =
        names.stream().map(name -> registry.names().find(name.volume())).toList();
    return Future.all(found)
        .map(_ -> {
          for (int i = 0; i < names.size(); i++) {
            VolumeNames.Named there = found.get(i).result();
            guids.add(there.info().guid());
            group.add(names.get(i), there.store(), slots.of(names.get(i).volume()));
          }
          return null;
        });
  }

  private Taken told(List<SnapshotName> names, Hooks.Done<Group> done) {
    GroupSnapshot.Result result = done.result().result();
    List<Shown> all = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      SnapshotName name = names.get(i);
      SnapshotInfo info = result.kept().get(i);
      all.add(new Shown(name, info, List.of(), Optional.empty()));
      events.publish(
          new SnapshotCreated(
              clock.instant(),
              name.toString(),
              info.guid(),
              done.result().volumes().get(i),
              result.held()));
    }
    return new Taken(all, result.held(), done.warnings());
  }
}
