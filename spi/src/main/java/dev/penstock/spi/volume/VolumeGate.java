package dev.penstock.spi.volume;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A {@link VolumeUser} that is ready to use: every request passes the gate on its way in and out,
 * and the gate holds back what has to wait.
 *
 * <pre>
 *   if (gate.enter(WRITE, request)) request.run();   // else the gate runs it once it is admitted
 *   … in run(): use gate.volume(), then gate.leave(WRITE)
 * </pre>
 *
 * <p><b>Lifecycle.</b> One per open volume. Between entering and leaving, {@link #volume} stays the
 * same and open. <b>Threads.</b> Any; nothing blocks. What waited is run on the thread that opened
 * the gate and should move to its own at once. Entering and leaving allocate nothing.
 * <b>Limits.</b> The gate takes as many waiting requests as come: whoever lets them in bounds them.
 *
 * @since SPI 1.0
 */
public final class VolumeGate implements VolumeUser {
  /** What a request is going to do. */
  public enum Passage {
    READ,
    /** Write, zero, trim: anything that changes bytes. */
    WRITE
  }

  private enum State {
    /** Everybody passes. */
    OPEN,
    /** Readers pass, writers wait. */
    FROZEN,
    /** Everybody waits. */
    HALTED,
    /** Everybody waits, until the last one inside has left; then they pass, to the successor. */
    RETIRING
  }

  /** A freeze or a retirement that waits for those inside. */
  private record Drain(State from, Promise<Void> done, long timer) {}

  private static final Duration ASK_AGAIN = Duration.ofSeconds(1);

  private final String name;
  private final Vertx vertx;

  /** In the order in which they came; thousands may be withdrawn at once, from anywhere. */
  private final Map<Runnable, Passage> waiting = new LinkedHashMap<>();

  private volatile OpenVolume volume;
  private State state = State.OPEN;
  private int reads;
  private int writes;
  private @Nullable Drain drain;
  private @Nullable OpenVolume successor;
  private @Nullable Promise<Void> idle;

  public VolumeGate(String name, Vertx vertx, OpenVolume volume) {
    this.name = name;
    this.vertx = vertx;
    this.volume = volume;
  }

  @Override
  public String name() {
    return name;
  }

  /**
   * What to use, between entering and leaving; otherwise a snapshot that may be about to change.
   */
  public OpenVolume volume() {
    return volume;
  }

  /**
   * Asks to pass.
   *
   * @param request run later, once it has been admitted, if it has to wait; equal to no other that
   *     waits
   * @return whether it was admitted at once; {@code request} is then not run
   */
  public synchronized boolean enter(Passage passage, Runnable request) {
    if (admits(passage)) {
      count(passage, 1);
      return true;
    }
    if (waiting.putIfAbsent(request, passage) != null)
      throw new IllegalStateException("a request waits twice: " + name);
    return false;
  }

  /**
   * Passes, if that can be had without waiting.
   *
   * @return whether it was admitted; if not, nothing is kept of it
   */
  public synchronized boolean tryEnter(Passage passage) {
    if (!admits(passage)) return false;
    count(passage, 1);
    return true;
  }

  /**
   * Takes back a request that waits: its client went away, or waited long enough. False if it was
   * admitted meanwhile.
   */
  public synchronized boolean withdraw(Runnable request) {
    return waiting.remove(request) != null;
  }

  /** Exactly once for everyone who was admitted. */
  public void leave(Passage passage) {
    List<Runnable> after;
    synchronized (this) {
      count(passage, -1);
      if (drain == null && idle == null) return;
      after = settle();
    }
    after.forEach(Runnable::run);
  }

  /** Whether nobody is inside, and nobody waits. */
  public synchronized boolean isUnused() {
    return reads + writes == 0 && waiting.isEmpty();
  }

  /** Completes once nobody is inside; at once if nobody is. */
  public Future<Void> whenIdle() {
    synchronized (this) {
      if (reads + writes == 0) return Future.succeededFuture();
      if (idle == null) idle = Promise.promise();
      return idle.future();
    }
  }

  @Override
  public Future<Void> freeze(Duration limit) {
    synchronized (this) {
      if (state == State.HALTED) return Future.succeededFuture();
    }
    return hold(State.FROZEN, limit);
  }

  @Override
  public Future<Void> halt(Duration limit) {
    return hold(State.HALTED, limit);
  }

  private Future<Void> hold(State still, Duration limit) {
    Future<Void> held;
    synchronized (this) {
      if (state == State.RETIRING) return Future.failedFuture(retiring());
      if (state == still) return drain == null ? Future.succeededFuture() : drain.done().future();
      if (drain != null) return Future.failedFuture(draining());
      State from = state;
      state = still;
      held = beginDrain(from, limit);
    }
    finishDrain();
    return held;
  }

  @Override
  public Future<Void> thaw() {
    List<Runnable> after;
    synchronized (this) {
      if (state == State.RETIRING) return Future.failedFuture(retiring());
      if (state == State.OPEN) return Future.succeededFuture();
      after = abandonDrain(State.OPEN, "the freeze was called off");
    }
    after.forEach(Runnable::run);
    return Future.succeededFuture();
  }

  @Override
  public Future<Void> retire(OpenVolume successor, Duration limit) {
    Future<Void> retired;
    synchronized (this) {
      if (state == State.RETIRING) return Future.failedFuture(retiring());
      if (drain != null) return Future.failedFuture(draining());
      State from = state;
      state = State.RETIRING;
      this.successor = successor;
      retired = beginDrain(from, limit);
    }
    finishDrain();
    return retired;
  }

  private boolean admits(Passage passage) {
    return switch (state) {
      case OPEN -> true;
      case FROZEN -> passage == Passage.READ;
      case HALTED, RETIRING -> false;
    };
  }

  private void count(Passage passage, int by) {
    switch (passage) {
      case READ -> reads += by;
      case WRITE -> writes += by;
    }
    if (reads < 0 || writes < 0)
      throw new IllegalStateException("left more often than entered: " + name);
  }

  private Future<Void> beginDrain(State from, Duration limit) {
    Promise<Void> done = Promise.promise();
    long timer = vertx.setTimer(Math.max(1, limit.toMillis()), _ -> expire(done, limit));
    drain = new Drain(from, done, timer);
    return done.future();
  }

  private void finishDrain() {
    List<Runnable> after;
    synchronized (this) {
      after = settle();
    }
    after.forEach(Runnable::run);
  }

  /** What has become possible now that somebody left; to be run without the lock. */
  private List<Runnable> settle() {
    List<Runnable> after = new ArrayList<>(0);
    if (idle != null && reads + writes == 0) {
      after.add(idle::tryComplete);
      idle = null;
    }
    if (drain == null || writes > 0 || (state != State.FROZEN && reads > 0)) return after;
    Drain finished = drain;
    drain = null;
    vertx.cancelTimer(finished.timer());
    if (state == State.RETIRING && successor != null) {
      volume = successor;
      successor = null;
      state = State.OPEN;
      after.addAll(admitWaiting());
    }
    after.addFirst(finished.done()::tryComplete);
    return after;
  }

  private void expire(Promise<Void> done, Duration limit) {
    List<Runnable> after;
    synchronized (this) {
      if (drain == null || !drain.done().equals(done)) return;
      after =
          abandonDrain(
              drain.from(),
              "%d reads and %d writes did not end within %d ms"
                  .formatted(reads, writes, limit.toMillis()));
    }
    after.forEach(Runnable::run);
  }

  private List<Runnable> abandonDrain(State back, String why) {
    state = back;
    successor = null;
    List<Runnable> after = new ArrayList<>();
    if (drain != null) {
      Drain abandoned = drain;
      drain = null;
      vertx.cancelTimer(abandoned.timer());
      after.add(() ->
          abandoned
              .done()
              .tryFail(
                  new GatewayError.Unavailable(Scope.RESOURCE, ASK_AGAIN, called() + ": " + why)));
    }
    after.addAll(admitWaiting());
    return after;
  }

  private List<Runnable> admitWaiting() {
    List<Runnable> admitted = new ArrayList<>();
    for (var i = waiting.entrySet().iterator(); i.hasNext(); ) {
      var next = i.next();
      if (!admits(next.getValue())) continue;
      i.remove();
      count(next.getValue(), 1);
      admitted.add(next.getKey());
    }
    return admitted;
  }

  private GatewayError retiring() {
    return new GatewayError.Conflict(called() + " is being retired already");
  }

  private GatewayError draining() {
    return new GatewayError.Unavailable(
        Scope.RESOURCE, ASK_AGAIN, called() + " is still being frozen");
  }

  private String called() {
    return "volume %s of %s".formatted(volume.volume().info().name(), name);
  }
}
