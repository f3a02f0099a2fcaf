package dev.penstock.volumes;

import dev.penstock.spi.GatewayError;
import dev.penstock.volumes.HistoryState.Violation;
import dev.penstock.volumes.linux.LinuxDisk;
import dev.penstock.volumes.manifest.Guids;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Random;
import java.util.UUID;

/**
 * A history on real files, in which nothing fails and the power stays, and the fast path is used.
 */
final class HistoryOnFiles {
  private static final Store.Limits LIMITS = new Store.Limits(10, 1L << 30, 3, 1 << 20, 16 << 10);
  private static final int STEPS = 80;

  private HistoryOnFiles() {}

  /**
   * @param directory is empty, and holds the store
   */
  static void run(long seed, Path directory) {
    Random guids = new Random(~seed);
    ScopedValue.where(Guids.DECIDED, () -> new UUID(guids.nextLong(), guids.nextLong()))
        .run(() -> carryOut(seed, directory));
  }

  private static void carryOut(long seed, Path directory) {
    Random random = new Random(seed);
    var state = new HistoryState(() -> open(directory));
    var next = new HistorySteps(state, random, random.nextInt(8) == 0);
    var arrivals = new HistoryArrivals(state, new Random(31 * seed));
    var ownerships = new HistoryOwnerships(state, new Random(37 * seed));
    var fast = new FastPathCheck(state, random);
    var check = new HistoryCheck(state);
    try {
      for (int i = 0; i < STEPS; i++) {
        if (seed % 3 == 2 && random.nextInt(6) == 0) ownerships.step();
        else if (seed % 2 == 1 && random.nextInt(3) == 0) arrivals.step();
        else next.step();
        next.glance();
        fast.glance();
      }
      check.everything();
      state.arrival.ifPresent(Arrival::leave);
      state.store().close();
      state.reopenStore();
      arrivals.finish();
      check.everything();
    } catch (Violation | GatewayError | IllegalStateException e) {
      throw new Violation(
          "history %d on files: %s, after:\n  %s"
              .formatted(seed, e.getMessage(), String.join("\n  ", state.trace)),
          e);
    } finally {
      state.store().close();
    }
  }

  private static Store open(Path directory) {
    return Store.open(LinuxDisk.at(directory).orElseThrow(), LIMITS, () -> Instant.EPOCH, _ -> {});
  }
}
