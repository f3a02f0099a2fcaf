package dev.penstock.volumes;

import dev.penstock.spi.volume.ZeroMode;
import dev.penstock.volumes.HistoryWrites.Range;
import dev.penstock.volumes.VolumeModel.Taken;
import java.util.List;
import java.util.Random;

/**
 * Everything that is done to layers, each thing once: first touches of whole grains and of parts,
 * zeroes over what is below, growth, snapshots, a clone, merging up, down and down from the head,
 * and a rollback.
 */
final class LayerSteps {
  private LayerSteps() {}

  static List<Runnable> of(HistoryState state) {
    var writes = new HistoryWrites(state, new Random(0));
    var changes = new HistoryChanges(state, new Random(0));
    return List.of(
        () -> changes.create("a", 60),
        () -> writes.write("a", grains(0, 6)),
        () -> changes.snapshot("a", "s1"),
        () -> writes.write("a", grains(1, 3)),
        () -> writes.write("a", new Range(30, 34)),
        () -> writes.flush("a"),
        () -> writes.trim("a", grains(1, 2)),
        () -> writes.zero("a", grains(4, 5), ZeroMode.KEEP_SPACE),
        () -> writes.writeDurably("a", new Range(8, 16)),
        () -> writes.trim("a", grains(0, 1)),
        () -> writes.flush("a"),
        () -> changes.grow("a", 70),
        () -> writes.write("a", new Range(58, 70)),
        () -> changes.snapshot("a", "s2"),
        () -> writes.write("a", grains(2, 4)),
        () -> changes.cloneOf("a", taken(state, "s1"), "b"),
        () -> writes.write("b", grains(5, 7)),
        () -> changes.snapshot("a", "s3"),
        () -> merge(state),
        () -> changes.destroy("a", List.of(taken(state, "s2"))),
        () -> merge(state),
        () -> changes.remove("b"),
        () -> changes.destroy("a", List.of(taken(state, "s1"))),
        () -> writes.write("a", grains(0, 1)),
        () -> merge(state),
        () -> changes.rollback("a", taken(state, "s3")),
        () -> changes.destroy("a", List.of(taken(state, "s3"))),
        () -> writes.write("a", grains(6, 7)),
        () -> merge(state),
        () -> writes.flush("a"));
  }

  static Range grains(long first, long end) {
    return new Range(first * Stamps.SECTORS_PER_GRAIN, end * Stamps.SECTORS_PER_GRAIN);
  }

  private static Taken taken(HistoryState state, String snapshot) {
    Taken taken = state.model("a").snapshots.get(snapshot);
    if (taken == null) throw new AssertionError("no snapshot " + snapshot);
    return taken;
  }

  /** Until nothing is left to be done. */
  private static void merge(HistoryState state) {
    do state.note("merge");
    while (state.store().merging().step(_ -> {}));
  }
}
