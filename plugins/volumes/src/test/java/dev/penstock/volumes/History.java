package dev.penstock.volumes;

import dev.penstock.spi.GatewayError;
import dev.penstock.volumes.HistoryState.Violation;
import dev.penstock.volumes.VolumeModel.Taken;
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

  private static final Store.Limits LIMITS = new Store.Limits(10, 1L << 30, 3, 1 << 20);

  private static final int STEPS = 60;
  private static final int CRASH_WITHIN_OPERATIONS = 120;
  private static final int RECOVERIES_CUT_MAX = 3;

  private final Random random;
  private final int stepsMax;
  private final Mistake mistake;
  private final boolean isWide;
  private SimulatedDisk disk;
  private HistoryState state;
  private HistoryWrites writes;
  private HistoryChanges changes;
  private HistoryCheck check;
  private int steps;
  private boolean killed;

  private History(long seed, int stepsMax, Mistake mistake) {
    this.random = new Random(seed);
    this.stepsMax = stepsMax;
    this.mistake = mistake;
    this.isWide = random.nextInt(16) == 0;
    boolean able = random.nextInt(8) > 0;
    this.disk =
        new SimulatedDisk(
                new RandomSurvivors(new Random(seed)),
                random.nextBoolean() ? Names.JOURNALED : Names.STRICT)
            .with(new Facilities(able, able, able, false, false, false))
            .forgetting(mistake.forgotten());
    this.state = new HistoryState(this::open);
    this.writes = new HistoryWrites(state, random);
    this.changes = new HistoryChanges(state, random);
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
      check.everything();
    } catch (Violation e) {
      throw new Violation(told(e.getMessage()), e);
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
        step();
        if (disk.failed().isPresent()) throw new Failure(); // and somebody swallowed it
        glance();
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
    check.everything();
    for (String name : List.copyOf(state.open.keySet()))
      if (random.nextBoolean()) state.close(name);
  }

  private void step() {
    if (state.volumes.isEmpty()) {
      changes.create(isWide);
      return;
    }
    List<String> names = List.copyOf(state.volumes.keySet());
    String name = names.get(random.nextInt(names.size()));
    int kind = random.nextInt(100);
    if (kind < 30) writes.write(name);
    else if (kind < 38) writes.flush(name);
    else if (kind < 44) writes.writeDurably(name);
    else if (kind < 49) writes.zero(name);
    else if (kind < 54) writes.trim(name);
    else if (kind < 64) changes.snapshot(name);
    else if (kind < 69) changes.destroy(name);
    else if (kind < 72) changes.cloneOf(name);
    else if (kind < 75) changes.rollback(name);
    else if (kind < 78) changes.grow(name);
    else if (kind < 90) changes.merge();
    else if (kind < 92) changes.reopenVolume(name);
    else if (kind < 94) changes.reopenStore();
    else if (kind < 96) changes.hold(name);
    else if (kind < 98) changes.openOrCloseSnapshot(name);
    else if (kind < 99) changes.create(isWide);
    else changes.remove(name);
  }

  /** Looks at something, as its users do all the time. */
  private void glance() {
    if (state.volumes.isEmpty()) return;
    List<String> names = List.copyOf(state.volumes.keySet());
    String name = names.get(random.nextInt(names.size()));
    VolumeModel model = state.model(name);
    List<Taken> all = List.copyOf(model.snapshots.values());
    switch (random.nextInt(6)) {
      case 0, 1 -> check.live(name, model);
      case 2 -> {
        if (!all.isEmpty()) check.snapshot(name, all.get(random.nextInt(all.size())));
      }
      case 3 -> {
        if (!all.isEmpty()) diff(name, all);
      }
      default -> {}
    }
  }

  private void diff(String name, List<Taken> all) {
    Taken to = all.get(random.nextInt(all.size()));
    Optional<Taken> from =
        random.nextInt(4) == 0
            ? Optional.empty()
            : Optional.of(all.get(random.nextInt(all.size())));
    check.diff(name, from, to);
  }
}
