package dev.penstock.gateway.task;

import dev.penstock.gateway.task.TaskStatus.State;
import dev.penstock.spi.task.Task;
import dev.penstock.spi.task.Watchdog;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A task under way: the work's side of it and the watch's. */
final class RunningTask implements Task {
  /** Why a task was asked to leave; the first reason stays. */
  enum Reason {
    CANCELLED(State.CANCELLED, "cancelled"),
    STALLED(State.STALLED, "stalled"),
    OWNER_STOPPED(State.CANCELLED, "cancelled: its owner stopped");

    final State end;
    final String text;

    Reason(State end, String text) {
      this.end = end;
      this.text = text;
    }
  }

  private final UUID guid = UUID.randomUUID();
  private final String name;
  private final OwnedTasks owner;
  private volatile long unitsTotal;
  private final Instant started;
  private final Watchdog watchdog;
  private @Nullable Thread worker;
  private @Nullable Reason leaving;
  private boolean ended;

  RunningTask(String name, OwnedTasks owner, long unitsTotal, Duration stall, Instant started) {
    this.name = name;
    this.owner = owner;
    this.unitsTotal = unitsTotal;
    this.started = started;
    this.watchdog = new Watchdog(stall, System.nanoTime());
  }

  OwnedTasks owner() {
    return owner;
  }

  @Override
  public UUID guid() {
    return guid;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void reached(long units) {
    watchdog.reached(units, System.nanoTime());
  }

  @Override
  public void outOf(long unitsTotal) {
    this.unitsTotal = unitsTotal;
  }

  @Override
  public void busy() {
    watchdog.busy(System.nanoTime());
  }

  @Override
  public void idle() {
    watchdog.idle();
  }

  Optional<Watchdog.Stall> check(long nowNanos) {
    return watchdog.check(nowNanos);
  }

  /**
   * The work begins, on this thread. One that was asked to leave before finds itself interrupted.
   */
  synchronized void begin() {
    worker = Thread.currentThread();
    if (leaving != null) worker.interrupt();
  }

  /** Interrupts the work. False if it has ended. */
  synchronized boolean leave(Reason reason) {
    if (ended) return false;
    if (leaving == null) leaving = reason;
    if (worker != null) worker.interrupt();
    return true;
  }

  /** From here on nobody interrupts the thread. Why it was asked to leave, if it was. */
  synchronized Optional<Reason> end() {
    ended = true;
    worker = null;
    return Optional.ofNullable(leaving);
  }

  synchronized TaskStatus status() {
    return new TaskStatus(
        guid,
        name,
        owner.name(),
        watchdog.units(),
        unitsTotal,
        started,
        leaving == null ? State.RUNNING : State.CANCELLING,
        Optional.empty(),
        "");
  }

  TaskStatus ended(State state, Instant at, String outcome) {
    return new TaskStatus(
        guid,
        name,
        owner.name(),
        watchdog.units(),
        unitsTotal,
        started,
        state,
        Optional.of(at),
        outcome);
  }
}
