package dev.penstock.pruner.run;

import dev.penstock.pruner.config.Policy;
import dev.penstock.pruner.config.PrunerConfig;
import dev.penstock.pruner.config.Rules;
import dev.penstock.pruner.plan.VolumePlan;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.retention.Retention;
import dev.penstock.spi.retention.Series;
import dev.penstock.spi.snapshot.Snapshots;
import dev.penstock.spi.snapshot.VolumeHistory;
import dev.penstock.spi.volume.SnapshotInfo;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Plans without doing: what a run would make of a volume as it is, and what it would make of it if
 * other snapshots were there too. Rules are run beside the event loop: a million snapshots take
 * them a second.
 *
 * <p><b>Threads.</b> Any.
 */
public final class Foreseen implements Retention.Foresight {
  private final Vertx vertx;
  private final Snapshots snapshots;
  private final Supplier<PrunerConfig> config;
  private final Supplier<Rules> rules;
  private final InstantSource clock;

  public Foreseen(
      Vertx vertx,
      Snapshots snapshots,
      Supplier<PrunerConfig> config,
      Supplier<Rules> rules,
      InstantSource clock) {
    this.vertx = vertx;
    this.snapshots = snapshots;
    this.config = config;
    this.rules = rules;
    this.clock = clock;
  }

  /** The plan for a volume as it is now; one that no policy means keeps everything. */
  public Future<VolumePlan> plan(String volume) {
    return snapshots
        .history(volume)
        .compose(history -> plan(volume, config.get().policiesOf(volume), history.snapshots()));
  }

  /**
   * In short: what a run would make of one volume.
   *
   * @param error why nothing of it would go
   */
  public record Outlook(
      String volume,
      List<String> policies,
      int snapshots,
      int go,
      Map<String, Integer> unmatched,
      Optional<String> error) {}

  /** For every volume that a policy means. */
  public Future<List<Outlook>> outlooks() {
    return snapshots
        .histories()
        .compose(all ->
            vertx.executeBlocking(
                () ->
                    all.volumes().stream()
                        .filter(one -> one.volume().isPresent())
                        .flatMap(one -> outlook(one).stream())
                        .toList(),
                false))
        .map(Objects::requireNonNull);
  }

  private Optional<Outlook> outlook(VolumeHistory one) {
    var policies = config.get().policiesOf(one.name());
    if (policies.isEmpty()) return Optional.empty();
    var names = policies.stream().map(Policy::name).toList();
    int size = one.snapshots().size();
    try {
      var series = new Series(one.name(), one.snapshots(), clock.instant());
      VolumePlan plan = VolumePlan.of(series, policies, rules.get());
      return Optional.of(
          new Outlook(
              one.name(),
              names,
              size,
              plan.goes().cardinality(),
              plan.unmatchedNames(),
              Optional.empty()));
    } catch (RuntimeException e) {
      var why = Optional.of(PruneRun.error(e).what());
      return Optional.of(new Outlook(one.name(), names, size, 0, Map.of(), why));
    }
  }

  private Future<VolumePlan> plan(
      String volume, List<Policy> policies, List<SnapshotInfo> itsSnapshots) {
    var series = new Series(volume, itsSnapshots, clock.instant());
    return vertx
        .executeBlocking(() -> VolumePlan.of(series, policies, rules.get()), false)
        .map(Objects::requireNonNull);
  }

  @Override
  public Future<Set<UUID>> letsGo(String volume, List<SnapshotInfo> planned) {
    var policies = config.get().policiesOf(volume);
    if (policies.isEmpty() || planned.isEmpty()) return Future.succeededFuture(Set.of());
    return snapshots
        .history(volume)
        .map(VolumeHistory::snapshots)
        .recover(why ->
            why instanceof GatewayError.NotFound // it will be made
                ? Future.succeededFuture(List.of())
                : Future.failedFuture(why))
        .compose(there -> plan(volume, policies, together(there, planned)))
        .map(plan -> goingOf(plan, planned));
  }

  /** What is planned came after what is there. */
  private static List<SnapshotInfo> together(List<SnapshotInfo> there, List<SnapshotInfo> planned) {
    Set<UUID> guids = there.stream().map(SnapshotInfo::guid).collect(Collectors.toSet());
    List<SnapshotInfo> all = new ArrayList<>(there);
    for (SnapshotInfo one : planned) if (guids.add(one.guid())) all.add(one);
    return all;
  }

  private static Set<UUID> goingOf(VolumePlan plan, List<SnapshotInfo> planned) {
    Set<UUID> guids = planned.stream().map(SnapshotInfo::guid).collect(Collectors.toSet());
    return plan.going().stream()
        .map(SnapshotInfo::guid)
        .filter(guids::contains)
        .collect(Collectors.toSet());
  }
}
