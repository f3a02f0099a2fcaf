package dev.penstock.gateway.volume;

import dev.penstock.gateway.bus.Caller;
import dev.penstock.gateway.bus.Deadline;
import dev.penstock.gateway.hook.Hooks;
import dev.penstock.gateway.lease.Lease;
import dev.penstock.gateway.lease.Leases;
import dev.penstock.gateway.task.OwnedTasks;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.bus.Events;
import dev.penstock.spi.bus.GatewayEvent.SnapshotCreated;
import dev.penstock.spi.bus.GatewayEvent.VolumeCloned;
import dev.penstock.spi.bus.GatewayEvent.VolumeRolledBack;
import dev.penstock.spi.metrics.Metrics;
import dev.penstock.spi.volume.Extent;
import dev.penstock.spi.volume.SnapshotInfo;
import dev.penstock.spi.volume.SnapshotName;
import dev.penstock.spi.volume.SnapshotSpace;
import dev.penstock.spi.volume.SnapshotStore;
import dev.penstock.spi.volume.VolumeInfo;
import dev.penstock.spi.volume.VolumeName;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** {@link Snapshots} of the registry's volumes. */
public final class VolumeSnapshots implements Snapshots {
  /** Who has the leases of what the gateway itself reads. */
  private static final String OWNER = "gateway";

  private final VolumeRegistry registry;
  private final VolumeNames volumes;
  private final Leases leases;
  private final Hooks hooks;
  private final Destroying destroying;
  private final Verifications verifications;
  private final Deadline deadline;
  private final Events events;
  private final InstantSource clock;
  private final Metrics.Timer taken;
  private final Metrics.Timer failed;
  private final Metrics.Timer held;

  /**
   * @param vertx whose timers no module can block
   * @param tasks that {@link #verify} runs in; for the caller to stop before the stores close
   */
  public VolumeSnapshots(
      Vertx vertx,
      VolumeRegistry registry,
      Leases leases,
      Hooks hooks,
      OwnedTasks tasks,
      Metrics metrics,
      Events events,
      InstantSource clock) {
    this.registry = registry;
    this.volumes = registry.names();
    this.leases = leases;
    this.hooks = hooks;
    this.destroying = new Destroying(registry, leases, events, clock);
    this.verifications = new Verifications(tasks, clock);
    this.deadline = new Deadline(vertx);
    this.events = events;
    this.clock = clock;
    String help = "How long taking snapshots of a group of volumes takes, hooks included";
    this.taken = metrics.timer("snapshot", help, "result", "taken");
    this.failed = metrics.timer("snapshot", help, "result", "failed");
    this.held = metrics.timer("snapshot_held", "How long writes wait for a snapshot");
  }

  @Override
  public Future<List<Shown>> list(String volume) {
    return answer(volumes.find(volume).compose(this::listed));
  }

  @Override
  public Future<List<Shown>> listAll() {
    return answer(
        volumes
            .all()
            .compose(all -> {
              List<Future<List<Shown>>> lists =
                  all.stream()
                      .filter(volume -> volume.shadowedBy().isEmpty())
                      .map(volume -> listed(volume).otherwise(List.of()))
                      .toList();
              return Future.join(lists)
                  .map(_ -> lists.stream().flatMap(one -> one.result().stream()).toList());
            }));
  }

  private Future<List<Shown>> listed(VolumeNames.Named volume) {
    String name = volume.info().name();
    return volume
        .store()
        .listSnapshots(name)
        .map(its -> {
          Map<UUID, String> holders = leases.holders();
          return its.stream().map(info -> shown(name, info, holders)).toList();
        });
  }

  private Shown shown(String volume, SnapshotInfo info, Map<UUID, String> holders) {
    var name = new SnapshotName(volume, info.name());
    return new Shown(
        name, info, registry.usersOf(name), Optional.ofNullable(holders.get(info.guid())));
  }

  @Override
  public Future<Shown> find(SnapshotName name) {
    return answer(
        volumes
            .find(name.volume())
            .compose(there -> there.store().findSnapshot(name))
            .map(info -> shown(name.volume(), info, leases.holders())));
  }

  @Override
  public Future<Taken> create(List<SnapshotName> names, Duration limit) {
    Optional<GatewayError> refusal = refusalOf(names);
    if (refusal.isPresent()) return Future.failedFuture(refusal.get());
    long beganNanos = System.nanoTime();
    return answer(
        eachFree(names)
            .compose(_ -> hooks.around(names, () -> takeInTurn(names, limit)))
            .map(done -> told(names, done))
            .onSuccess(result -> {
              taken.record(System.nanoTime() - beganNanos);
              held.record(result.held().toNanos());
            })
            .onFailure(_ -> failed.record(System.nanoTime() - beganNanos)));
  }

  private static Optional<GatewayError> refusalOf(List<SnapshotName> names) {
    if (names.isEmpty() || names.size() > GROUP_MAX)
      return Optional.of(
          new GatewayError.Invalid(
              "a group is of 1 to %d snapshots, not of %d".formatted(GROUP_MAX, names.size())));
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
    return volumes
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

  /** The turns last until the stores are done; the answer comes once writes go on. */
  private Future<Group> takeInTurn(List<SnapshotName> names, Duration limit) {
    Promise<Group> answered = Promise.promise();
    registry
        .steps(
            names.stream().map(SnapshotName::volume).toList(),
            slots -> {
              var group = new GroupSnapshot(deadline, limit, destroying::undo);
              List<UUID> guids = new ArrayList<>();
              return gathered(group, names, slots, guids)
                  .compose(_ -> group.take())
                  .onSuccess(result -> answered.complete(new Group(result, guids)))
                  .onFailure(answered::fail)
                  .transform(_ -> group.ended());
            })
        .onFailure(answered::tryFail);
    return answered.future();
  }

  private Future<Void> gathered(
      GroupSnapshot group, List<SnapshotName> names, VolumeRegistry.Slots slots, List<UUID> guids) {
    List<Future<VolumeNames.Named>> found =
        names.stream().map(name -> volumes.find(name.volume())).toList();
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

  @Override
  public Future<List<Destroyed>> destroy(List<Meant> snapshots) {
    if (snapshots.isEmpty() || snapshots.size() > DESTROY_MAX)
      return Future.failedFuture(
          new GatewayError.Invalid(
              "1 to %d snapshots are destroyed at a time, not %d"
                  .formatted(DESTROY_MAX, snapshots.size())));
    return answer(destroying.destroy(snapshots));
  }

  @Override
  public Future<Void> hold(Meant snapshot, String tag) {
    return tagged(snapshot, tag, (its, guid) -> its.hold(snapshot.name().volume(), guid, tag));
  }

  @Override
  public Future<Void> release(Meant snapshot, String tag) {
    return tagged(snapshot, tag, (its, guid) -> its.release(snapshot.name().volume(), guid, tag));
  }

  private interface Tagging {
    void tag(SnapshotStore store, UUID guid);
  }

  private Future<Void> tagged(Meant snapshot, String tag, Tagging tagging) {
    Optional<String> objection = VolumeName.objection(tag);
    if (objection.isPresent())
      return Future.failedFuture(
          new GatewayError.Invalid(objection.get().replace("volume", "hold")));
    return answer(
            inTurn(
                snapshot,
                there ->
                    there.call(its -> {
                      tagging.tag(its, there.info().guid());
                      return Optional.empty();
                    })))
        .mapEmpty();
  }

  @Override
  public Future<VolumeInfo> clone(Meant snapshot, String name) {
    Optional<String> objection = VolumeName.objection(name);
    if (objection.isPresent())
      return Future.failedFuture(new GatewayError.Invalid(objection.get()));
    return answer(
        registry.steps(
            List.of(snapshot.name().volume(), name),
            _ ->
                volumes
                    .lookUp(name)
                    .compose(taken -> {
                      taken.ifPresent(there -> {
                        throw new GatewayError.Conflict(
                            "store %s has a volume %s already"
                                .formatted(there.store().name(), name));
                      });
                      return there(snapshot);
                    })
                    .compose(there ->
                        there
                            .call(its -> its.clone(there.volume(), there.info().guid(), name))
                            .onSuccess(made ->
                                events.publish(
                                    new VolumeCloned(
                                        clock.instant(),
                                        name,
                                        made.guid(),
                                        snapshot.name().toString(),
                                        there.info().guid()))))));
  }

  @Override
  public Future<Void> rollback(Meant snapshot) {
    String volume = snapshot.name().volume();
    return answer(
        registry.steps(
            List.of(volume),
            slots -> {
              VolumeSlot slot = slots.of(volume);
              slot.requireUnused("rolled back");
              return VolumeRegistry.closed(slot)
                  .compose(_ -> there(snapshot))
                  .compose(there -> rolledBack(snapshot.name(), there));
            }));
  }

  private Future<Void> rolledBack(SnapshotName name, There there) {
    return there
        .call(its -> {
          its.rollback(name.volume(), there.info().guid());
          return Optional.empty();
        })
        .onSuccess(_ ->
            events.publish(
                new VolumeRolledBack(
                    clock.instant(),
                    name.volume(),
                    there.named().info().guid(),
                    name.toString(),
                    there.info().guid())))
        .mapEmpty();
  }

  /** Not in turn: what is leased does not change, however long it is read. */
  @Override
  public Future<Page> diff(Optional<Meant> from, Meant to, long offset, int extentsMax) {
    if (from.isPresent() && !from.get().name().volume().equals(to.name().volume()))
      return Future.failedFuture(
          new GatewayError.Invalid(
              "%s and %s are of two volumes".formatted(from.get().name(), to.name())));
    return answer(
        there(to)
            .compose(there -> {
              Optional<SnapshotInfo> before = from.map(there::other);
              List<SnapshotInfo> read = new ArrayList<>(List.of(there.info()));
              before.ifPresent(read::add);
              return leased(
                  there,
                  read,
                  () ->
                      there.call(its ->
                          page(
                              its,
                              there,
                              before.map(SnapshotInfo::guid),
                              offset,
                              Math.clamp(extentsMax, 1, EXTENTS_MAX))));
            }));
  }

  private static Page page(
      SnapshotStore its, There there, Optional<UUID> from, long offset, int extentsMax) {
    List<Extent> extents = new ArrayList<>();
    boolean[] more = {false};
    its.diff(
        there.volume(),
        from,
        there.info().guid(),
        offset,
        extent -> {
          more[0] = extents.size() == extentsMax;
          return !more[0] && extents.add(extent);
        });
    OptionalLong next =
        more[0] ? OptionalLong.of(extents.getLast().endOffset()) : OptionalLong.empty();
    return new Page(from, there.info().guid(), extents, next);
  }

  private <T> Future<T> leased(There there, List<SnapshotInfo> read, Supplier<Future<T>> work) {
    List<Future<Lease>> wanted =
        read.stream()
            .map(info ->
                leases.acquire(
                    Leases.Wanted.toRead(
                        there.named().info().guid(),
                        info.guid(),
                        there.volume() + "@" + info.name(),
                        OWNER)))
            .toList();
    return Future.join(wanted)
        .compose(_ -> work.get())
        .eventually(() ->
            Future.join(
                    wanted.stream()
                        .filter(Future::succeeded)
                        .map(lease -> leases.release(lease.result()))
                        .toList())
                .otherwiseEmpty());
  }

  @Override
  public Future<List<Space>> space(String volume) {
    return answer(
        volumes
            .find(volume)
            .compose(there ->
                there
                    .store()
                    .onSnapshots(
                        volume, its -> spaces(volume, its.list(volume), its.space(volume)))));
  }

  /** One that came or went meanwhile is left out. */
  private static List<Space> spaces(
      String volume, List<SnapshotInfo> its, Map<UUID, SnapshotSpace> spaces) {
    return its.stream()
        .flatMap(info ->
            Stream.ofNullable(spaces.get(info.guid()))
                .map(space -> new Space(new SnapshotName(volume, info.name()), space)))
        .toList();
  }

  @Override
  public Future<UUID> verify(String volume) {
    return answer(
        volumes.find(volume).compose(there -> verifications.begin(volume, there.store())));
  }

  @Override
  public Future<Verified> verified(String volume) {
    return answer(volumes.find(volume).map(_ -> verifications.last(volume)));
  }

  private <T> Future<T> inTurn(Meant snapshot, Function<There, Future<T>> step) {
    return registry.steps(List.of(snapshot.name().volume()), _ -> there(snapshot).compose(step));
  }

  /** A snapshot that is there now, beside the others of its volume. */
  private record There(VolumeNames.Named named, Collection<SnapshotInfo> all, SnapshotInfo info) {
    String volume() {
      return named.info().name();
    }

    SnapshotInfo other(Meant meant) {
      return Destroying.meant(meant, all);
    }

    <T> Future<T> call(Function<SnapshotStore, T> call) {
      return named.store().onSnapshots(volume(), call);
    }
  }

  private Future<There> there(Meant snapshot) {
    String volume = snapshot.name().volume();
    return volumes
        .find(volume)
        .compose(named ->
            named
                .store()
                .onSnapshots(volume, its -> its.list(volume))
                .map(all -> new There(named, all, Destroying.meant(snapshot, all))));
  }

  private static <T> Future<T> answer(Future<T> outcome) {
    return Caller.here().answer(outcome);
  }
}
