package dev.penstock.volumes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.volume.Volume;
import dev.penstock.volumes.HistoryState.Violation;
import dev.penstock.volumes.disk.SimulatedDisk;
import dev.penstock.volumes.disk.SimulatedDisk.Names;
import dev.penstock.volumes.disk.Survivors;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A disk that fails or is full, at each operation of everything that is done to layers. */
class LayerFaultsTest {
  private static final Quiet QUIET = new Quiet();

  @AfterAll
  static void logAgain() {
    QUIET.close();
  }

  private static final Store.Limits LIMITS = new Store.Limits(10, 1 << 20, 10, 1 << 20);
  private static final String OTHER = "other";

  private static final class Run {
    private SimulatedDisk disk = new SimulatedDisk(Survivors.EVERY_OTHER, Names.STRICT);
    private final HistoryState state =
        new HistoryState(() -> Store.open(disk, LIMITS, () -> Instant.EPOCH, _ -> {}));
    private final HistoryCheck check = new HistoryCheck(state);
    private final HistoryWrites writes = new HistoryWrites(state, new Random(0));

    Run() {
      new HistoryChanges(state, new Random(0)).create(OTHER, 16);
      writes.write(OTHER, LayerSteps.grains(0, 2));
      writes.flush(OTHER);
    }

    List<Runnable> steps() {
      return LayerSteps.of(state);
    }

    void requireOtherIsServed() {
      check.live(OTHER, state.model(OTHER));
      writes.write(OTHER, LayerSteps.grains(1, 2));
      writes.flush(OTHER);
    }

    void cutPowerAndJudge() {
      disk = disk.powerOn();
      state.reopenStore();
      HistoryRecovery.requireNothingLeftOver(disk);
      new HistoryRecovery(state, true).judge();
      check.everything();
    }
  }

  /** False if the script has fewer operations. */
  boolean failsWell(int operation) {
    Run run = new Run();
    int[] left = {operation};
    run.disk.failNext(_ -> left[0]-- == 0);
    try {
      run.steps().forEach(Runnable::run);
    } catch (GatewayError e) {
      assertThat(e.what()).as("operation %d", operation).contains("EIO");
    }
    if (run.disk.failed().isEmpty()) return false;
    try {
      run.requireOtherIsServed();
      run.cutPowerAndJudge();
    } catch (Violation | GatewayError e) {
      throw new AssertionError(
          "%s failed, after %s".formatted(run.disk.failed(), run.state.trace), e);
    }
    return true;
  }

  @Test
  void anOperationThatFailsCostsNothingThatWasAcknowledgedAndNoOtherVolume() {
    int operations = 0;
    while (failsWell(operations)) operations++;

    assertThat(operations).isGreaterThan(200);
  }

  /** Bytes and names that still find room: none, a name or two, a sector, a log, a layer. */
  @ParameterizedTest
  @ValueSource(
      longs = {0, 1, 2, 3, 513, 1_100, 2_600, 4_700, 9_000, 66_000, 69_000, 70_300, 74_000})
  void whatFindsNoRoomGoesOnOnceThereIsSome(long freeBytes) {
    int steps = new Run().steps().size();
    IntStream.range(0, steps).forEach(full -> fullAt(full, freeBytes));
  }

  void fullAt(int full, long freeBytes) {
    Run run = new Run();
    List<Runnable> steps = run.steps();
    try {
      for (int i = 0; i < steps.size(); i++)
        if (i == full) fullAt(run, steps.get(i), freeBytes);
        else steps.get(i).run();
      run.check.everything();
      run.cutPowerAndJudge();
    } catch (Violation | GatewayError e) {
      throw new AssertionError(
          "%d bytes free at step %d, after %s".formatted(freeBytes, full, run.state.trace), e);
    }
  }

  private static void fullAt(Run run, Runnable step, long freeBytes) {
    run.disk.leaveFree(freeBytes);
    try {
      step.run();
      run.disk.leaveFree(Long.MAX_VALUE);
    } catch (GatewayError.NoSpace _) {
      run.disk.leaveFree(Long.MAX_VALUE);
      run.state.inFlight = new InFlight.Nothing();
      new HistoryRecovery(run.state, false).judge();
      run.check.everything();
      step.run();
    }
  }

  @Test
  void durableWritesThatFindNoRoomAreNotAcknowledged() {
    Run run = new Run();
    run.state.store().snapshots().create(OTHER, "below");
    Volume volume = run.state.opened(OTHER);
    run.disk.leaveFree(0);

    assertThatThrownBy(() -> volume.writeDurably(0, Stamps.bytes(7, 0, 8)))
        .isInstanceOf(GatewayError.NoSpace.class);

    run.check.live(OTHER, run.state.model(OTHER));
  }

  /** Making the next layer takes more than is left, and merging gives some back. */
  @Test
  void mergingGoesOnOnAFullDisk() {
    Run run = new Run();
    HistoryChanges changes = new HistoryChanges(run.state, new Random(0));
    changes.snapshot(OTHER, "s1");
    run.writes.write(OTHER, LayerSteps.grains(0, 1));
    changes.snapshot(OTHER, "s2");
    while (run.state.store().merging().step(_ -> {})) {}
    changes.destroy(OTHER, List.of(run.state.model(OTHER).snapshots.get("s1")));
    run.writes.write(OTHER, LayerSteps.grains(1, 2));
    run.state.close(OTHER);
    run.state.opened(OTHER);
    int files = run.disk.list("layers").size();
    run.disk.leaveFree(3_000);

    assertThat(run.state.store().merging().step(_ -> {})).isTrue();

    assertThat(run.disk.list("layers")).hasSizeLessThan(files);
    run.check.everything();
  }
}
