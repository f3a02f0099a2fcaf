package dev.penstock.pruner.run;

import dev.penstock.pruner.config.PrunerConfig;
import dev.penstock.pruner.plan.VolumePlan;
import dev.penstock.pruner.run.VolumeReport.State;
import dev.penstock.pruner.run.VolumeReport.Stayed;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Retry;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.snapshot.Fate;
import dev.penstock.spi.snapshot.Meant;
import dev.penstock.spi.volume.Partial;
import dev.penstock.spi.volume.SnapshotInfo;
import dev.penstock.spi.volume.SnapshotName;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * One volume on its way through a run: attempt after attempt, batch after batch, one call at a
 * time. Of the run's thread alone.
 */
final class VolumeTurn {
  private final String volume;
  private final List<String> destroyed = new ArrayList<>();
  private final Map<SnapshotName, Stayed> deferred = new LinkedHashMap<>();
  private final List<Stayed> forRoom = new ArrayList<>();
  private final List<Stayed> failed = new ArrayList<>();
  private final Set<UUID> deferredGuids = new HashSet<>();
  private final Set<UUID> stayed = new HashSet<>();
  private final Set<UUID> spared = new HashSet<>();
  private String store = "";
  private Optional<Partial> partial = Optional.empty();
  private boolean partialSpared;
  private boolean last;
  private int attempts;
  private int calls;
  private int destroyedCount;
  private int stay;
  private Map<String, Integer> unmatched = Map.of();
  private List<SnapshotInfo> going = List.of();
  private List<SnapshotInfo> needed = List.of();
  private Optional<Basis> basis = Optional.empty();
  private Optional<GatewayError> error = Optional.empty();
  private Optional<Call> call = Optional.empty();

  /** What was asked of the stores, and when the answer is too late. */
  record Call(int number, Future<?> answer, long deadlineNanos) {}

  /** What a plan was made of, and when. */
  record Basis(PrunerConfig config, long plannedNanos) {}

  VolumeTurn(String volume) {
    this.volume = volume;
  }

  String volume() {
    return volume;
  }

  int attempts() {
    return attempts;
  }

  /** Forgets how the attempt before fared, but for what it destroyed. */
  void attempt() {
    attempts++;
    deferred.clear();
    failed.clear();
    deferredGuids.clear();
    stayed.clear();
    spared.clear();
    partialSpared = false;
    last = false;
    error = Optional.empty();
  }

  /**
   * @param wanted those that are to go and that the run is about; what stayed all the same in this
   *     attempt is for the next one
   */
  void planned(VolumePlan plan, List<SnapshotInfo> wanted, Basis planBasis) {
    going = wanted.stream().filter(one -> !stayed.contains(one.guid())).toList();
    needed =
        wanted.stream()
            .filter(one -> deferredGuids.contains(one.guid()) && !spared.contains(one.guid()))
            .toList();
    stay = plan.stays();
    unmatched = plan.unmatchedNames();
    basis = Optional.of(planBasis);
  }

  Basis basis() {
    return basis.orElseThrow();
  }

  Map<String, Integer> unmatched() {
    return unmatched;
  }

  boolean hasGoing() {
    return !going.isEmpty();
  }

  int goingCount() {
    return going.size();
  }

  /** Takes the next so many of those that are to go. */
  List<Meant> nextBatch(int most) {
    var batch = going.subList(0, Math.min(most, going.size()));
    going = going.subList(batch.size(), going.size());
    return batch.stream().map(this::meant).toList();
  }

  private Meant meant(SnapshotInfo one) {
    return Meant.seen(new SnapshotName(volume, one.name()), one.guid());
  }

  boolean hasDeferred() {
    return !deferredGuids.isEmpty();
  }

  /**
   * Whether any are left of those that are to go, and stayed since somebody needs them. None is
   * asked to give way twice in an attempt: a run has to end.
   */
  boolean hasNeeded() {
    return !needed.isEmpty();
  }

  /** Takes the oldest of them. */
  Meant nextNeeded() {
    Meant one = meant(needed.getFirst());
    needed = needed.subList(1, needed.size());
    return one;
  }

  /** From now on what somebody needs goes too, if there is little room. */
  void last() {
    last = true;
  }

  boolean isLast() {
    return last;
  }

  /**
   * What the last look has shown.
   *
   * @param part of a snapshot that has come and may make room
   */
  void in(String itsStore, Optional<Partial> part) {
    store = itsStore;
    partial = partialSpared ? Optional.empty() : part;
  }

  String store() {
    return store;
  }

  Optional<Partial> partial() {
    return partial;
  }

  /** It is not asked to go twice in an attempt either. */
  Partial takePartial() {
    Partial part = partial.orElseThrow();
    partial = Optional.empty();
    partialSpared = true;
    return part;
  }

  void wentForRoom(Stayed one) {
    forRoom.add(one);
  }

  /**
   * What came of one that was to give way.
   *
   * @return who needed it, if it is gone
   */
  Optional<String> gaveWay(Meant meant, List<Fate> fates) {
    Optional<Stayed> was = Optional.ofNullable(deferred.remove(meant.name()));
    meant
        .guid()
        .ifPresent(guid -> {
          deferredGuids.remove(guid);
          spared.add(guid);
        });
    fated(List.of(meant), fates);
    if (fates.stream().noneMatch(Fate.Destroyed.class::isInstance)) return Optional.empty();
    was.ifPresent(this::wentForRoom);
    return was.map(Stayed::why);
  }

  /** A snapshot without an answer is an error. */
  void fated(List<Meant> batch, List<Fate> fates) {
    Map<SnapshotName, UUID> guids = new HashMap<>();
    for (Meant one : batch) guids.put(one.name(), one.guid().orElseThrow());
    for (Fate fate : fates) {
      fated(fate);
      UUID guid = guids.get(fate.name());
      if (guid == null || fate instanceof Fate.Destroyed) continue;
      stayed.add(guid);
      if (fate instanceof Fate.Deferred) deferredGuids.add(guid);
    }
    for (Meant unanswered : batch.subList(Math.min(fates.size(), batch.size()), batch.size()))
      fated(
          new Fate.Failed(
              unanswered.name(),
              new GatewayError.Failed(Scope.RESOURCE, "nobody said what became of it")));
  }

  private void fated(Fate fate) {
    switch (fate) {
      case Fate.Destroyed(SnapshotName name) -> {
        destroyedCount++;
        if (destroyed.size() < VolumeReport.NAMES_MAX) destroyed.add(name.snapshot());
      }
      case Fate.Deferred(SnapshotName name, String holders) ->
          deferred.put(name, new Stayed(name.snapshot(), holders));
      // Somebody else was faster.
      case Fate.Failed(SnapshotName _, GatewayError.NotFound _) -> {}
      case Fate.Failed(SnapshotName name, GatewayError why) -> {
        failed.add(new Stayed(name.snapshot(), why.what()));
        // The first that trying again can mend, if there is one.
        GatewayError told = retold(name, why);
        if (error.isEmpty() || (isForGood(error.get()) && !isForGood(told)))
          error = Optional.of(told);
      }
    }
  }

  /**
   * What changed between the look and the call, such as a hold that somebody has just set, is seen
   * at the next look.
   */
  private static GatewayError retold(SnapshotName name, GatewayError why) {
    String what = name + ": " + why.what();
    if (why instanceof GatewayError.Conflict)
      return new GatewayError.Unavailable(Scope.RESOURCE, Duration.ZERO, what);
    return switch (why.retry()) {
      case Retry.Never() -> new GatewayError.Failed(Scope.RESOURCE, what);
      case Retry.After(var delay) -> new GatewayError.Unavailable(Scope.RESOURCE, delay, what);
    };
  }

  static boolean isForGood(GatewayError why) {
    return why.retry() instanceof Retry.Never;
  }

  Optional<GatewayError> error() {
    return error;
  }

  void failed(GatewayError why) {
    error = Optional.of(why);
  }

  Set<UUID> deferred() {
    return deferredGuids;
  }

  int stay() {
    return stay;
  }

  /** The number of the call, for {@link #waitsFor}. */
  int asked(Future<?> answer, long deadlineNanos) {
    call = Optional.of(new Call(++calls, answer, deadlineNanos));
    return calls;
  }

  /** Whether this is the call that is waited for, and not one that was given up. */
  boolean waitsFor(int number) {
    return call.filter(now -> now.number() == number).isPresent();
  }

  void answered() {
    call = Optional.empty();
  }

  Optional<Call> call() {
    return call;
  }

  VolumeReport report(State state, Optional<Instant> notBefore) {
    return new VolumeReport(
        volume,
        state,
        attempts,
        stay,
        destroyed,
        destroyedCount,
        first(List.copyOf(deferred.values())),
        deferred.size(),
        first(forRoom),
        forRoom.size(),
        first(failed),
        failed.size(),
        error.map(GatewayError::what),
        notBefore,
        unmatched);
  }

  private static List<Stayed> first(List<Stayed> all) {
    return all.subList(0, Math.min(all.size(), VolumeReport.NAMES_MAX));
  }
}
