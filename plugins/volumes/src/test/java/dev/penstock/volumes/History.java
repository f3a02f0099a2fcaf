package dev.penstock.volumes;

import dev.penstock.spi.GatewayError;
import dev.penstock.volumes.HistoryState.Violation;
import dev.penstock.volumes.disk.Disk;
import dev.penstock.volumes.disk.Facilities;
import dev.penstock.volumes.disk.PowerCut;
import dev.penstock.volumes.disk.RandomSurvivors;
import dev.penstock.volumes.disk.SimulatedDisk;
import dev.penstock.volumes.disk.SimulatedDisk.Names;
import dev.penstock.volumes.manifest.Guids;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/**
 * Everything that can happen to a store, in an order that a number decides: steps, and between any
 * two operations of the disk the end of the process or of the power, in a recovery too. After each
 * such end the store is judged, and the history goes on from there.
 */
final class History {
  /** What is wrong with the store, so that a test can see that it is noticed. */
  record Mistake(Predicate<String> forgotten, UnaryOperator<Disk> wrapped) {
    static final Mistake NONE = new Mistake(_ -> false, disk -> disk);
  }

  private static final Store.Limits LIMITS = new Store.Limits(10, 1L << 30, 3, 1 << 20, 16 << 10);

  private static final int STEPS = 40;
  private static final int CRASH_WITHIN_OPERATIONS = 120;
  private static final int RECOVERIES_CUT_MAX = 3;

  private final Random random;
  private final int stepsMax;
  private final Mistake mistake;
  private SimulatedDisk disk;
  private final HistoryState state;
  private final HistorySteps next;
  private final Optional<HistoryArrivals> arrivals; // in every other history
  private final Optional<HistoryOwnerships> ownerships; // in every third history
  private final HistoryCheck check;
  private int steps;
  private boolean killed;

  private History(long seed, int stepsMax, Mistake mistake) {
    this.random = new Random(seed);
    this.stepsMax = stepsMax;
    this.mistake = mistake;
    boolean isWide = random.nextInt(16) == 0;
    boolean able = random.nextInt(8) > 0;
    this.disk =
        new SimulatedDisk(
                new RandomSurvivors(new Random(seed)),
                random.nextBoolean() ? Names.JOURNALED : Names.STRICT)
            .with(new Facilities(able, able, able, false, false, false))
            .forgetting(mistake.forgotten());
    this.state = new HistoryState(this::open);
    this.next = new HistorySteps(state, random, isWide);
    this.arrivals =
        seed % 2 == 0
            ? Optional.empty()
            : Optional.of(new HistoryArrivals(state, new Random(31 * seed)));
    this.ownerships =
        seed % 3 == 2
            ? Optional.of(new HistoryOwnerships(state, new Random(37 * seed)))
            : Optional.empty();
    this.check = new HistoryCheck(state);
  }

  /** Throws {@link Violation}, with the steps that led to it. */
  static void run(long seed) {
    run(seed, STEPS, Mistake.NONE);
  }

  static void run(long seed, int stepsMax, Mistake mistake) {
    Random guids = new Random(~seed);
    ScopedValue.where(Guids.DECIDED, () -> new UUID(guids.nextLong(), guids.nextLong()))
        .run(() -> new History(seed, stepsMax, mistake).run());
  }

  /** The same with as few steps as it takes, and what was wrong then. */
  static String shortest(long seed) {
    for (int steps = 0; steps <= STEPS; steps++)
      try {
        run(seed, steps, Mistake.NONE);
      } catch (Violation e) {
        return "history %d, %d steps: %s".formatted(seed, steps, e.getMessage());
      }
    return "history %d is well".formatted(seed);
  }

  private Store open() {
    return Store.open(mistake.wrapped().apply(disk), LIMITS, () -> Instant.EPOCH, _ -> {});
  }

  private void run() {
    try {
      while (steps < stepsMax) session();
      state.note("POWER CUT");
      disk = disk.powerOn().forgetting(mistake.forgotten());
      recover(true);
      arrivals.ifPresent(HistoryArrivals::finish);
      check.everything();
    } catch (Violation e) {
      throw new Violation(told(String.valueOf(e.getMessage())), e);
    } catch (GatewayError | IllegalStateException e) {
      throw new Violation(told(e.toString()), e);
    }
  }

  private String told(String what) {
    return "%s, after:\n  %s\nwith %s"
        .formatted(what, String.join("\n  ", state.trace), state.inFlight);
  }

  /** Until the process ends one way or another. */
  private void session() {
    int end = steps + 1 + random.nextInt(30);
    arm(CRASH_WITHIN_OPERATIONS);
    if (random.nextInt(6) == 0) failOneOperation();
    try {
      while (steps < Math.min(end, stepsMax)) {
        steps++;
        if (random.nextInt(16) == 0) stepOnFullDisk();
        else step();
        if (disk.failed().isPresent()) throw new Failure(); // and somebody swallowed it
        next.glance();
      }
    } catch (PowerCut _) {
      crash();
    } catch (Failure _) {
      crashAfterFailure();
    } catch (GatewayError e) {
      if (disk.failed().isEmpty()) throw e;
      state.note("%s", e.what());
      crashAfterFailure();
    }
  }

  private void step() {
    if (ownerships.isPresent() && random.nextInt(6) == 0) ownerships.get().step();
    else if (arrivals.isPresent() && random.nextInt(3) == 0) arrivals.get().step();
    else next.step();
  }

  /** What does not fit does not happen, and nothing else is lost; then somebody makes room. */
  private void stepOnFullDisk() {
    disk.leaveFree(random.nextInt(random.nextBoolean() ? 3_000 : 100_000));
    state.note("FULL DISK");
    try {
      step();
    } catch (GatewayError.NoSpace e) {
      state.note("%s", e.what());
    }
    if (disk.failed().isPresent()) throw new Failure();
    disk.leaveFree(Long.MAX_VALUE);
    state.inFlight = new InFlight.Nothing();
    new HistoryRecovery(state, false).judge(); // claims that found no room when it was closed
    check.volumesAndSnapshots();
  }

  private static final class Failure extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  private void failOneOperation() {
    int[] left = {random.nextInt(CRASH_WITHIN_OPERATIONS)};
    disk.failNext(_ -> left[0]-- == 0);
  }

  /** Whoever flushes after a failed sync is not told that all is well; and then the power goes. */
  private void crashAfterFailure() {
    String what = disk.failed().orElseThrow();
    state.note("FAILED: %s", what);
    killed = !what.startsWith("sync") && !what.startsWith("write durably") && random.nextBoolean();
    crash();
  }

  /** The end comes, or not, before so many operations more. */
  private void arm(int operationsMax) {
    int kind = random.nextInt(10);
    killed = kind < 2;
    disk.cutPowerAfter(
        kind < 8 ? disk.operations() + random.nextInt(operationsMax) : Integer.MAX_VALUE);
  }

  private void crash() {
    for (int again = 0; ; again++) {
      state.note(killed ? "KILLED" : "POWER CUT");
      disk = killed ? disk.processEnded() : disk.powerOn().forgetting(mistake.forgotten());
      disk.failNext(_ -> false);
      disk.leaveFree(Long.MAX_VALUE);
      boolean onDisk = !killed;
      if (again < RECOVERIES_CUT_MAX && random.nextInt(3) == 0) arm(30);
      try {
        recover(onDisk);
        return;
      } catch (PowerCut _) {
        state.note("in the recovery");
      }
    }
  }

  private void recover(boolean onDisk) {
    state.reopenStore();
    HistoryRecovery.requireNothingLeftOver(disk);
    state.store().list().forEach(info -> state.opened(info.name()));
    disk.cutPowerAfter(Integer.MAX_VALUE);
    new HistoryRecovery(state, onDisk).judge();
    check.volumesAndSnapshots();
    for (String name : List.copyOf(state.open.keySet()))
      if (random.nextBoolean()) state.close(name);
  }
}
