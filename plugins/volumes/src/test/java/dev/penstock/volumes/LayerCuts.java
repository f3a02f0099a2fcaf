package dev.penstock.volumes;

import dev.penstock.volumes.HistoryState.Violation;
import dev.penstock.volumes.disk.PowerCut;
import dev.penstock.volumes.disk.SimulatedDisk;
import dev.penstock.volumes.disk.SimulatedDisk.Names;
import dev.penstock.volumes.disk.Survivors;
import java.time.Instant;

/**
 * Everything that is done to layers, each thing once, and what is wrong if the power is cut after
 * each operation of the disk, and again after each of those of the recovery that follows.
 */
final class LayerCuts {
  private static final Store.Limits LIMITS = new Store.Limits(10, 1 << 20, 10, 1 << 20);

  /** Above what the script and the recovery take: a loop that does not end is a failure. */
  private static final int OPERATIONS_MAX = 2_000;

  private final Survivors survivors;
  private final Names names;
  private int cuts;

  LayerCuts(Survivors survivors, Names names) {
    this.survivors = survivors;
    this.names = names;
  }

  /** How many power cuts were looked at. */
  int cuts() {
    return cuts;
  }

  /** Throws {@link Violation} if something is wrong after any cut. */
  void cutEverywhere() {
    for (int cut = 0; cut < OPERATIONS_MAX; cut++)
      for (int again = -1; ; again++) {
        Outcome outcome = cut(cut, again);
        if (outcome == Outcome.SCRIPT_ENDED) return;
        if (outcome == Outcome.RECOVERY_ENDED && again >= 0) break;
      }
    throw new AssertionError("the script has no end");
  }

  private enum Outcome {
    SCRIPT_ENDED,
    RECOVERY_ENDED,
    RECOVERY_CUT
  }

  /**
   * @param again after how many operations of the recovery the power is cut again; never if negative
   */
  private Outcome cut(int cut, int again) {
    cuts++;
    SimulatedDisk[] disk = {new SimulatedDisk(survivors, names).cutPowerAfter(cut)};
    HistoryState[] state = new HistoryState[1];
    boolean scriptEnded = false;
    try {
      state[0] = new HistoryState(() -> Store.open(disk[0], LIMITS, () -> Instant.EPOCH, _ -> {}));
      LayerSteps.of(state[0]).forEach(Runnable::run);
      scriptEnded = true;
    } catch (PowerCut _) { // that is what it is about
    }
    disk[0] = disk[0].powerOn();
    boolean recoveryEnded = recovers(disk, state, again);
    if (!recoveryEnded) {
      disk[0] = disk[0].powerOn();
      if (!recovers(disk, state, -1)) throw new AssertionError("there is power");
    }
    try {
      if (state[0].volumes.isEmpty() && state[0].trace.isEmpty()) return Outcome.RECOVERY_ENDED;
      HistoryRecovery.requireNothingLeftOver(disk[0]);
      new HistoryRecovery(state[0], true).judge();
      new HistoryCheck(state[0]).everything();
    } catch (Violation e) {
      throw new Violation(
          "%s, %s, cut after %d, in recovery after %d: %s"
              .formatted(survivors, names, cut, again, e.getMessage()),
          e);
    }
    if (scriptEnded) return Outcome.SCRIPT_ENDED;
    return recoveryEnded ? Outcome.RECOVERY_ENDED : Outcome.RECOVERY_CUT;
  }

  /** Opens the store and all its volumes; false if the power is cut before. */
  private static boolean recovers(SimulatedDisk[] disk, HistoryState[] state, int again) {
    if (again >= 0) disk[0].cutPowerAfter(again);
    try {
      if (state[0] == null)
        state[0] =
            new HistoryState(() -> Store.open(disk[0], LIMITS, () -> Instant.EPOCH, _ -> {}));
      else state[0].reopenStore();
      state[0].store().list().forEach(info -> state[0].opened(info.name()));
      disk[0].cutPowerAfter(Integer.MAX_VALUE);
      return true;
    } catch (PowerCut _) {
      return false;
    }
  }
}
