package dev.penstock.gateway.volume;

import dev.penstock.gateway.task.OwnedTasks;
import dev.penstock.gateway.volume.Snapshots.Verified;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.task.Task;
import dev.penstock.spi.volume.Finding;
import dev.penstock.spi.volume.VolumeStore;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutionException;

/**
 * Looks at what is stored of volumes, or repairs it, as tasks, and remembers the last time for each
 * volume.
 */
final class Verifications {
  /** A disk that reads nothing for so long hangs. */
  static final Duration STALL = Duration.ofMinutes(2);

  /** More volumes than an operator looks at in a day. */
  static final int KEPT_MAX = 256;

  /** What is done to volumes, and how a message says that it was done. */
  enum Deed {
    VERIFY("verify", "verified"),
    REPAIR("repair", "repaired");

    private final String verb;
    private final String done;

    Deed(String verb, String done) {
      this.verb = verb;
      this.done = done;
    }
  }

  /** Does it, and tells what it finds. */
  @FunctionalInterface
  interface Work {
    Future<Void> begin(VolumeStore.Verifying progress);
  }

  private final Deed deed;
  private final OwnedTasks tasks;
  private final InstantSource clock;
  private final Map<String, Look> looks = new LinkedHashMap<>();

  Verifications(Deed deed, OwnedTasks tasks, InstantSource clock) {
    this.deed = deed;
    this.tasks = tasks;
    this.clock = clock;
  }

  /** Answers the task once it has begun. */
  Future<UUID> begin(String volume, Work work) {
    Promise<UUID> begun = Promise.promise();
    run(volume, work, begun).onFailure(begun::tryFail);
    return begun.future();
  }

  /** Completes when it has ended; fails with what it found wrong. */
  Future<Void> run(String volume, Work work) {
    return run(volume, work, Promise.promise());
  }

  private Future<Void> run(String volume, Work work, Promise<UUID> begun) {
    var look = new Look(deed, volume, clock.instant());
    Optional<Look> last;
    synchronized (this) {
      Look before = looks.get(volume);
      if (before != null && !before.hasEnded())
        return Future.failedFuture(
            new GatewayError.Conflict(
                "volume %s is being %s already".formatted(volume, deed.done)));
      looks.remove(volume);
      if (looks.size() >= KEPT_MAX) forgetTheOldest();
      looks.put(volume, look);
      last = Optional.ofNullable(before);
    }
    return tasks
        .run(deed.verb + " " + volume, 0, STALL, task -> look.run(task, work, begun))
        .onComplete(outcome -> {
          look.end(clock.instant(), outcome.succeeded());
          if (look.verified().isEmpty()) neverBegun(volume, look, last);
        })
        .mapEmpty();
  }

  /** Of those that go on none is forgotten: two would look at one volume. */
  private void forgetTheOldest() {
    looks.entrySet().stream()
        .filter(one -> one.getValue().hasEnded())
        .findFirst()
        .map(Map.Entry::getKey)
        .ifPresent(looks::remove);
  }

  /** Its task was refused: what was found last is still what was found last. */
  private synchronized void neverBegun(String volume, Look look, Optional<Look> last) {
    if (!looks.remove(volume, look)) return;
    last.ifPresent(before -> looks.put(volume, before));
  }

  Verified last(String volume) {
    Look look;
    synchronized (this) {
      look = looks.get(volume);
    }
    return Optional.ofNullable(look)
        .flatMap(Look::verified)
        .orElseThrow(() ->
            new GatewayError.NotFound(
                "volume %s was not %s since the gateway was started".formatted(volume, deed.done)));
  }

  /** One look at one volume. The store tells of it on a worker, while the task waits. */
  private static final class Look implements VolumeStore.Verifying {
    private final Deed deed;
    private final String volume;
    private final Instant started;
    private final List<Finding> findings = new ArrayList<>();
    private final List<Finding> damage = new ArrayList<>(1);
    private long findingsTotal;
    private Optional<Task> task = Optional.empty();
    private Optional<Instant> ended = Optional.empty();
    private boolean complete;
    private volatile boolean cancelled;

    Look(Deed deed, String volume, Instant started) {
      this.deed = deed;
      this.volume = volume;
      this.started = started;
    }

    Optional<Object> run(Task task, Work work, Promise<UUID> begun) throws Exception {
      synchronized (this) {
        this.task = Optional.of(task);
      }
      begun.complete(task.guid());
      var looked = work.begin(this).toCompletionStage().toCompletableFuture();
      try {
        looked.get();
      } catch (ExecutionException e) {
        throw e.getCause() instanceof Exception thrown ? thrown : e;
      } catch (InterruptedException e) {
        cancelled = true; // the worker is not interrupted: that would close its files
        throw e;
      }
      requireSound();
      return Optional.empty();
    }

    @Override
    public void found(Finding finding) {
      leaveIfCancelled();
      synchronized (this) {
        findingsTotal++;
        if (findings.size() < Snapshots.FINDINGS_MAX) findings.add(finding);
        if (finding.weight() == Finding.Weight.DAMAGE && damage.isEmpty()) damage.add(finding);
      }
    }

    @Override
    public void reached(long units, long unitsTotal) {
      leaveIfCancelled();
      Task mine;
      synchronized (this) {
        mine = task.orElseThrow();
      }
      mine.outOf(unitsTotal);
      mine.reached(units);
    }

    private void leaveIfCancelled() {
      if (cancelled)
        throw new GatewayError.Unavailable(
            Scope.REQUEST,
            Duration.ofSeconds(1),
            "to %s volume %s was cancelled".formatted(deed.verb, volume));
    }

    private synchronized void requireSound() {
      complete = true;
      if (damage.isEmpty()) return;
      throw new GatewayError.Damaged(
          "volume %s: %d findings, and damage among them: %s"
              .formatted(volume, findingsTotal, damage.getFirst().what()));
    }

    synchronized void end(Instant at, boolean succeeded) {
      ended = Optional.of(at);
      complete |= succeeded;
    }

    synchronized boolean hasEnded() {
      return ended.isPresent();
    }

    synchronized Optional<Verified> verified() {
      return task.map(begun ->
          new Verified(
              begun.guid(), started, ended, complete, !damage.isEmpty(), findings, findingsTotal));
    }
  }
}
