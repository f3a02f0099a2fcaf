package dev.penstock.gateway.volume;

import static dev.penstock.spi.snapshot.Snapshots.ANCHOR_PREFIX;

import dev.penstock.gateway.bus.Caller;
import dev.penstock.gateway.bus.Deadline;
import dev.penstock.gateway.hook.Hooks;
import dev.penstock.gateway.lease.Leases;
import dev.penstock.gateway.task.OwnedTasks;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.bus.Events;
import dev.penstock.spi.bus.GatewayEvent.VolumeCloned;
import dev.penstock.spi.bus.GatewayEvent.VolumeRolledBack;
import dev.penstock.spi.metrics.Metrics;
import dev.penstock.spi.snapshot.Fate;
import dev.penstock.spi.snapshot.Meant;
import dev.penstock.spi.volume.SnapshotInfo;
import dev.penstock.spi.volume.SnapshotName;
import dev.penstock.spi.volume.SnapshotSpace;
import dev.penstock.spi.volume.SnapshotStore;
import dev.penstock.spi.volume.VolumeInfo;
import dev.penstock.spi.volume.VolumeName;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Stream;

/** {@link Snapshots} of the registry's volumes. */
public final class VolumeSnapshots implements Snapshots {
  /**
   * Then a call is under way that takes a store far longer than a piece does. The volume's turn is
   * kept for so long.
   */
  private static final Duration BREAK_OFF_MAX = Duration.ofSeconds(10);

  private final VolumeRegistry registry;
  private final VolumeNames volumes;
  private final Leases leases;
  private final Listing listing;
  private final Taking taking;
  private final Destroying destroying;
  private final Reading reading;
  private final Verifications verifications;
  private final Verifications repairs;
  private final Events events;
  private final InstantSource clock;

  /**
   * @param vertx whose timers no module can block
   * @param tasks that {@link #verify} and {@link #repair} run in; for the caller to stop before the
   *     stores close
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
    this.listing = new Listing(registry.slots(), volumes, leases);
    var deadline = new Deadline(vertx);
    var sendings = new Sendings(deadline, BREAK_OFF_MAX);
    this.destroying =
        new Destroying(registry, leases, sendings, events, clock, Destroying.TURN_MAX);
    this.taking = new Taking(registry, hooks, destroying::undo, deadline, metrics, events, clock);
    this.reading = new Reading(volumes, leases, sendings);
    this.verifications = new Verifications(Verifications.Deed.VERIFY, tasks, clock);
    this.repairs = new Verifications(Verifications.Deed.REPAIR, tasks, clock);
    this.events = events;
    this.clock = clock;
  }

  /** A view for one owner, such as "module replication". */
  public OwnedSnapshots of(String owner) {
    return new OwnedSnapshots(
        owner, new OwnedSnapshots.Services(registry, leases, taking, destroying, reading, this));
  }

  @Override
  public Future<List<Shown>> list(String volume) {
    return answer(listing.of(volume));
  }

  @Override
  public Future<List<Shown>> listAll() {
    return answer(listing.all());
  }

  @Override
  public Future<Shown> find(SnapshotName name) {
    return answer(listing.find(name));
  }

  @Override
  public Future<Taken> create(List<SnapshotName> names, Duration limit) {
    return answer(taking.create(names, limit));
  }

  @Override
  public Future<List<Destroyed>> destroy(List<Meant> snapshots) {
    if (snapshots.isEmpty() || snapshots.size() > DESTROY_MAX)
      return Future.failedFuture(
          new GatewayError.Invalid(
              "1 to %d snapshots are destroyed at a time, not %d"
                  .formatted(DESTROY_MAX, snapshots.size())));
    return answer(
        destroying
            .destroy(snapshots, Destroying.Need.SPARED)
            .map(fates ->
                fates.stream().map(fate -> new Destroyed(fate.name(), why(fate))).toList()));
  }

  /** Why it is still there; empty if it is not. */
  static Optional<GatewayError> why(Fate fate) {
    return switch (fate) {
      case Fate.Destroyed _ -> Optional.empty();
      case Fate.Deferred(SnapshotName name, String holders) ->
          Optional.of(new GatewayError.Conflict("%s is in use by %s".formatted(name, holders)));
      case Fate.Failed failed -> Optional.of(failed.why());
    };
  }

  /** An anchor is replication's to put: one that nobody advances would keep a snapshot for ever. */
  @Override
  public Future<Void> hold(Meant snapshot, String tag) {
    if (tag.startsWith(ANCHOR_PREFIX))
      return Future.failedFuture(
          new GatewayError.Invalid(
              "tags that begin with %s are replication's own and are not put by hand; one that is there can be released, and then the copy that it is about may have to be sent whole"
                  .formatted(ANCHOR_PREFIX)));
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
        registry
            .slots()
            .steps(
                List.of(snapshot.name().volume(), name),
                _ ->
                    registry
                        .ownerships()
                        .vacant(name)
                        .compose(known -> {
                          known.ifPresent(record -> record.requireUnclaimed("made"));
                          return there(snapshot).compose(there -> cloned(there, name, known));
                        })));
  }

  private Future<VolumeInfo> cloned(
      FoundSnapshot there, String name, Optional<Ownerships.Known> record) {
    String from = new SnapshotName(there.volume(), there.info().name()).toString();
    return there
        .call(its -> its.clone(there.volume(), there.info().guid(), name))
        .compose(made -> registry.handover().made(record, there.named().store()).map(made))
        .onSuccess(made ->
            events.publish(
                new VolumeCloned(clock.instant(), name, made.guid(), from, there.info().guid())));
  }

  @Override
  public Future<Void> rollback(Meant snapshot) {
    return answer(
        registry
            .slots()
            .unusedStep(
                snapshot.name().volume(),
                "rolled back",
                () ->
                    registry
                        .ownerships()
                        .require(snapshot.name().volume())
                        .compose(known -> {
                          known.requireSettled("rolled back");
                          return there(snapshot);
                        })
                        .compose(there -> rolledBack(snapshot.name(), there))));
  }

  /** In the turn of its volume, which is not open. */
  Future<Void> rolledBack(SnapshotName name, FoundSnapshot there) {
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

  @Override
  public Future<Page> diff(Optional<Meant> from, Meant to, long offset, int extentsMax) {
    return answer(reading.diff(from, to, offset, extentsMax));
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

  /** As {@link #verify}; completes at its end, and fails with what was found wrong. */
  Future<Void> verifyToEnd(String volume) {
    return volumes
        .find(volume)
        .compose(
            there -> verifications.run(volume, progress -> there.store().verify(volume, progress)));
  }

  @Override
  public Future<UUID> verify(String volume) {
    return answer(
        volumes
            .find(volume)
            .compose(there ->
                verifications.begin(volume, progress -> there.store().verify(volume, progress))));
  }

  @Override
  public Future<Verified> verified(String volume) {
    return answer(volumes.find(volume).map(_ -> verifications.last(volume)));
  }

  @Override
  public Future<UUID> repair(String volume, boolean apply) {
    return answer(
        registry
            .slots()
            .unusedStep(
                volume,
                "repaired",
                () ->
                    volumes
                        .find(volume)
                        .compose(there ->
                            repairs.begin(
                                volume,
                                progress -> there.store().repair(volume, apply, progress)))));
  }

  @Override
  public Future<Verified> repaired(String volume) {
    return answer(volumes.find(volume).map(_ -> repairs.last(volume)));
  }

  <T> Future<T> inTurn(Meant snapshot, Function<FoundSnapshot, Future<T>> step) {
    return registry
        .slots()
        .steps(List.of(snapshot.name().volume()), _ -> there(snapshot).compose(step));
  }

  private Future<FoundSnapshot> there(Meant snapshot) {
    return FoundSnapshot.in(volumes, snapshot);
  }

  private static <T> Future<T> answer(Future<T> outcome) {
    return Caller.here().answer(outcome);
  }
}
