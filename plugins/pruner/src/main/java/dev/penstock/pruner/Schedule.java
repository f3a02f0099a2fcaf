package dev.penstock.pruner;

import dev.penstock.pruner.config.Policy;
import dev.penstock.pruner.config.PrunerConfig;
import dev.penstock.pruner.run.Pruner;
import dev.penstock.pruner.run.Wanted;
import dev.penstock.pruner.run.Wanted.Trigger;
import dev.penstock.spi.bus.Events;
import dev.penstock.spi.bus.GatewayEvent;
import dev.penstock.spi.bus.GatewayEvent.SnapshotCreated;
import dev.penstock.spi.bus.GatewayEvent.TaskEnded;
import dev.penstock.spi.module.ModuleContext;
import dev.penstock.spi.volume.SnapshotName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Starts runs: every so often; soon after a snapshot was taken; and, for what somebody still needed
 * when it was to go, after a task of somebody else's has ended.
 *
 * <p><b>Threads.</b> The module's context.
 */
final class Schedule {
  /** The first run of a policy: a gateway that is restarted daily also prunes daily. */
  static final Duration FIRST = Duration.ofSeconds(30);

  /** Snapshots are taken of several volumes at once, and whatever comes meanwhile is one run. */
  static final Duration AFTER_SNAPSHOT = Duration.ofSeconds(2);

  /** Leases end a little after the task that needed them, and often many tasks end together. */
  static final Duration AFTER_TASK = Duration.ofSeconds(5);

  private final ModuleContext context;
  private final Pruner pruner;
  private final List<Long> timers = new ArrayList<>();
  private final Set<String> snapshotted = new HashSet<>();
  private final Events.Subscription subscription;
  private PrunerConfig config;
  private Optional<Long> afterSnapshot = Optional.empty();
  private Optional<Long> afterTask = Optional.empty();

  Schedule(ModuleContext context, Pruner pruner, PrunerConfig config) {
    this.context = context;
    this.pruner = pruner;
    this.config = config;
    this.subscription = context.events().subscribe(this::heard);
    setTimers();
  }

  /** From now on. */
  void change(PrunerConfig wanted) {
    cancelTimers();
    config = wanted;
    setTimers();
  }

  private void setTimers() {
    for (Policy policy : config.policies())
      policy.every().ifPresent(every -> setTimer(policy.name(), every));
  }

  private void setTimer(String policy, Duration every) {
    Duration first = every.compareTo(FIRST) < 0 ? every : FIRST;
    timers.add(context.vertx().setPeriodic(first.toMillis(), every.toMillis(), _ -> run(policy)));
  }

  private void cancelTimers() {
    timers.forEach(context.vertx()::cancelTimer);
    timers.clear();
  }

  private void run(String policy) {
    pruner.want(new Wanted(Trigger.TIME, Set.of(policy), Set.of()));
  }

  private void heard(GatewayEvent event) {
    switch (event) {
      case SnapshotCreated created -> SnapshotName.parse(created.subject()).ifPresent(this::taken);
      case TaskEnded ended -> ended(ended);
      default -> {}
    }
  }

  private void taken(SnapshotName snapshot) {
    boolean wanted = config.policiesOf(snapshot.volume()).stream().anyMatch(Policy::afterSnapshot);
    if (!wanted) return;
    snapshotted.add(snapshot.volume());
    if (afterSnapshot.isPresent()) return;
    afterSnapshot =
        Optional.of(
            context
                .vertx()
                .setTimer(
                    AFTER_SNAPSHOT.toMillis(),
                    _ -> {
                      afterSnapshot = Optional.empty();
                      run(Trigger.SNAPSHOT, snapshotted);
                      snapshotted.clear();
                    }));
  }

  private void ended(TaskEnded task) {
    if (afterTask.isPresent() || pruner.isOwn(task.task())) return;
    if (pruner.standings().deferred().isEmpty()) return;
    afterTask =
        Optional.of(
            context
                .vertx()
                .setTimer(
                    AFTER_TASK.toMillis(),
                    _ -> {
                      afterTask = Optional.empty();
                      run(Trigger.DEFERRED, pruner.standings().deferred());
                    }));
  }

  private void run(Trigger trigger, Set<String> volumes) {
    if (!volumes.isEmpty()) pruner.want(new Wanted(trigger, Set.of(), volumes));
  }

  void close() {
    subscription.close();
    cancelTimers();
    afterSnapshot.ifPresent(context.vertx()::cancelTimer);
    afterTask.ifPresent(context.vertx()::cancelTimer);
  }
}
