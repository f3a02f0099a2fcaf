package dev.penstock.volumes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.volume.Finding;
import dev.penstock.spi.volume.Volume;
import dev.penstock.spi.volume.VolumeStore.Verifying;
import dev.penstock.volumes.disk.SimulatedDisk;
import dev.penstock.volumes.disk.SimulatedDisk.Names;
import dev.penstock.volumes.disk.Survivors;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A look at a volume tells how far it is, and ends when it is told to. */
class VerificationTest {
  private static final long SIZE = 1 << 20;

  private final Store store = CrashRun.open(new SimulatedDisk(Survivors.NONE, Names.JOURNALED));

  /** Of which every other grain is written, in a layer that has a parent and is frozen. */
  private void makeLayers() {
    store.create("demo", SIZE);
    try (Volume volume = store.openVolume("demo")) {
      store.snapshots().create("demo", "first");
      for (long at = 0; at < SIZE; at += 8192) volume.write(at, CrashModel.sectors(1, 8));
      store.snapshots().create("demo", "second");
      volume.write(0, CrashModel.sectors(2, 8));
    }
  }

  private static final class Progress implements Verifying {
    private final List<Long> reached = new ArrayList<>();
    private final List<Finding> findings = new ArrayList<>();
    private int endAfter = Integer.MAX_VALUE;

    @Override
    public void found(Finding finding) {
      findings.add(finding);
    }

    @Override
    public void reached(long units, long unitsTotal) {
      if (reached.size() == endAfter) throw new GatewayError.Conflict("enough");
      reached.add(units);
      assertThat(units).isLessThanOrEqualTo(unitsTotal);
    }
  }

  @Test
  void progressIsToldWithinLayersAndNeverGoesBack() {
    makeLayers();
    var progress = new Progress();

    store.verify("demo", progress);

    assertThat(progress.reached).hasSizeGreaterThan(128).isSorted();
    assertThat(progress.findings).isEmpty();
  }

  @Test
  void whoeverIsToldCanEndItWithinALayerAndNothingIsCalledDamageForThat() {
    makeLayers();
    var progress = new Progress();
    progress.endAfter = 20;

    assertThatThrownBy(() -> store.verify("demo", progress))
        .isInstanceOf(GatewayError.Conflict.class)
        .hasMessageContaining("enough");

    assertThat(progress.reached).hasSize(20);
    assertThat(progress.findings).isEmpty();
  }
}
