package dev.penstock.replication.job;

import dev.penstock.replication.schedule.StepQueue;
import dev.penstock.replication.schedule.Turn;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * Gives the slots of all jobs to those who wait for them.
 *
 * <p><b>Threads.</b> Any; nothing blocks.
 */
public final class StepDesk {
  private final StepQueue queue;
  private final InstantSource clock;
  private final Map<UUID, Consumer<Turn>> callers = new HashMap<>();

  public StepDesk(StepQueue queue, InstantSource clock) {
    this.queue = queue;
    this.clock = clock;
  }

  /**
   * Waits for a slot.
   *
   * @param admitted told once there is one, which is then kept until {@link #leave}; it must not
   *     block
   */
  void enter(Turn one, Consumer<Turn> admitted) {
    synchronized (this) {
      queue.enter(one);
      callers.put(one.guid(), admitted);
    }
    look();
  }

  /** Gives the slot back, or waits no longer. Harmless twice. */
  void leave(Turn one) {
    synchronized (this) {
      queue.leave(one);
      callers.remove(one.guid());
    }
    look();
  }

  /** How long until somebody's time comes; empty if only a slot that is given back can help. */
  synchronized Optional<Duration> untilNext() {
    Instant now = clock.instant();
    return queue.nextLook(now).map(at -> Duration.between(now, at));
  }

  /** Admits whoever's time has come: to be called now and then, since time does not call. */
  void look() {
    Map<Turn, Consumer<Turn>> told = new HashMap<>();
    synchronized (this) {
      List<Turn> admitted = queue.admit(clock.instant());
      for (Turn one : admitted) {
        Consumer<Turn> caller = callers.remove(one.guid());
        if (caller != null) told.put(one, caller);
      }
    }
    told.forEach((one, caller) -> caller.accept(one));
  }
}
