package dev.penstock.volumes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.volume.Finding;
import dev.penstock.spi.volume.Finding.Weight;
import dev.penstock.spi.volume.SnapshotInfo;
import dev.penstock.spi.volume.Volume;
import dev.penstock.spi.volume.VolumeStore.Verifying;
import dev.penstock.volumes.disk.Disk.Opening;
import dev.penstock.volumes.disk.DiskFile;
import dev.penstock.volumes.disk.PowerCut;
import dev.penstock.volumes.disk.SimulatedDisk;
import dev.penstock.volumes.disk.SimulatedDisk.Names;
import dev.penstock.volumes.disk.Survivors;
import dev.penstock.volumes.manifest.Layout;
import dev.penstock.volumes.manifest.Manifest;
import dev.penstock.volumes.manifest.ManifestFormat;
import dev.penstock.volumes.manifest.StoreFiles;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A repair gives back what nobody can read, and nothing else. */
class RepairTest {
  private static final int GRAIN = 4096;
  private static final long SIZE = 8 * GRAIN;

  private SimulatedDisk disk = new SimulatedDisk(Survivors.EVERY_OTHER, Names.STRICT);
  private Store store = CrashRun.open(disk);
  private final Findings found = new Findings();

  private static final class Findings implements Verifying {
    private final List<Finding> all = new ArrayList<>();
    private Runnable onReached = () -> {};

    @Override
    public void found(Finding finding) {
      all.add(finding);
    }

    @Override
    public void reached(long units, long unitsTotal) {
      assertThat(units).isLessThanOrEqualTo(unitsTotal);
      onReached.run();
    }

    List<Weight> weights() {
      return all.stream().map(Finding::weight).toList();
    }
  }

  /** A root, two frozen layers whose maps are final, and a head; each frozen one has a leak. */
  @BeforeEach
  void makeLayers() {
    store.create("demo", SIZE);
    try (Volume volume = store.openVolume("demo")) {
      volume.write(0, CrashModel.sectors(1, 8));
      store.snapshots().create("demo", "first");
      volume.write(GRAIN, CrashModel.sectors(2, 8));
      store.snapshots().create("demo", "second");
      volume.write(2 * GRAIN, CrashModel.sectors(3, 8));
      store.snapshots().create("demo", "third");
      volume.write(3 * GRAIN, CrashModel.sectors(4, 8));
    }
    while (store.merging().step(_ -> {})) {}
    for (String layer : manifest().chain()) leak(layer);
  }

  private Manifest manifest() {
    String path = Layout.manifestIn(Layout.volume("demo"));
    return ManifestFormat.decode(path, new StoreFiles(disk).read(path));
  }

  private List<String> frozen() {
    return manifest().chain().subList(1, 3);
  }

  /** As a write that was never flushed leaves it. */
  private void leak(String layer) {
    try (DiskFile data = disk.open(Layout.dataOf(layer), Opening.EXISTING)) {
      data.write(5 * GRAIN, CrashModel.sectors(9, 16));
      data.sync();
    }
  }

  private boolean leaks(String layer) {
    try (DiskFile data = disk.open(Layout.dataOf(layer), Opening.EXISTING)) {
      return data.nextData(5 * GRAIN) < SIZE;
    }
  }

  private void assertEverythingReadsAsBefore() {
    for (SnapshotInfo info : store.snapshots().list("demo"))
      try (Volume snapshot = store.snapshots().openSnapshot("demo", info.guid())) {
        int written = List.of("first", "second", "third").indexOf(info.name()) + 1;
        for (int grain = 0; grain < 4; grain++)
          assertHolds(snapshot, grain, grain < written ? grain + 1 : 0);
      }
    try (Volume volume = store.openVolume("demo")) {
      for (int grain = 0; grain < 4; grain++) assertHolds(volume, grain, grain + 1);
    }
  }

  private static void assertHolds(Volume volume, int grain, long value) {
    ByteBuffer bytes = ByteBuffer.allocate(GRAIN);
    volume.read((long) grain * GRAIN, bytes);
    assertThat(bytes.flip()).isEqualTo(CrashModel.sectors(value, 8));
  }

  @Test
  void dryRunsTellWhatWouldBeGivenBackAndChangeNothing() {
    int operations = disk.operations();

    store.repair("demo", false, found);

    assertThat(found.weights()).containsExactly(Weight.LEAK, Weight.LEAK);
    assertThat(found.all).allMatch(its -> its.what().contains("8192 bytes"));
    assertThat(found.all).allMatch(its -> its.what().contains("would be given back"));
    assertThat(disk.operations()).isEqualTo(operations);
  }

  @Test
  void whatIsNotClaimedIsGivenBackAndEverythingReadsAsBefore() {
    store.repair("demo", true, found);

    assertThat(found.all).hasSize(2).allMatch(its -> its.what().contains("were given back"));
    assertThat(frozen()).noneMatch(this::leaks);
    assertEverythingReadsAsBefore();
  }

  /** The head's log may have lost its last record; a root says nothing of what is in it. */
  @Test
  void headsAndRootsAreLeftAlone() {
    store.repair("demo", true, found);

    assertThat(leaks(manifest().head())).isTrue();
    assertThat(leaks(manifest().chain().getLast())).isTrue();
  }

  @Test
  void aSecondRepairFindsNothing() {
    store.repair("demo", true, found);
    Findings again = new Findings();

    store.repair("demo", true, again);

    assertThat(again.all).isEmpty();
  }

  @Test
  void openVolumesAreRefused() {
    try (Volume _ = store.openVolume("demo")) {
      assertThatThrownBy(() -> store.repair("demo", true, found))
          .isInstanceOf(GatewayError.Conflict.class)
          .hasMessageContaining("volume demo is open; close it first");
    }
    assertThat(frozen()).allMatch(this::leaks);
  }

  /** What seems to be nobody's may be what is missing. */
  @Test
  void nothingOfAVolumeIsTouchedOfWhichOneLayerIsDamaged() {
    try (DiskFile map = disk.open(Layout.mapOf(frozen().getFirst()), Opening.EXISTING)) {
      map.write(64 + 18, ByteBuffer.wrap(new byte[] {77}));
    }
    int operations = disk.operations();

    store.repair("demo", true, found);

    assertThat(found.weights()).containsExactly(Weight.DAMAGE, Weight.ODD);
    assertThat(found.all.getLast().what()).contains("nothing was repaired");
    assertThat(disk.operations()).isEqualTo(operations);
  }

  @ParameterizedTest
  @ValueSource(strings = {"map", "data", "manifest"})
  void nothingOfAVolumeIsTouchedThatIsRefused(String lost) {
    List<String> layers = frozen();
    store.close();
    disk.unlink(
        switch (lost) {
          case "map" -> Layout.mapOf(layers.getFirst());
          case "data" -> Layout.dataOf(layers.getFirst());
          default -> Layout.manifestIn(Layout.volume("demo"));
        });
    store = CrashRun.open(disk);
    int operations = disk.operations();

    store.repair("demo", true, found);

    assertThat(found.weights()).containsExactly(Weight.DAMAGE);
    assertThat(disk.operations()).isEqualTo(operations);
  }

  @Test
  void layersWhoseClaimsAreInALogAreLeftAlone() {
    try (Volume volume = store.openVolume("demo")) {
      volume.write(4 * GRAIN, CrashModel.sectors(5, 8));
      store.snapshots().create("demo", "fourth");
    }
    int operations = disk.operations();

    store.repair("demo", false, found);

    assertThat(found.all).anyMatch(its -> its.what().contains("left alone"));
    assertThat(found.weights()).containsOnly(Weight.LEAK, Weight.ODD);
    assertThat(disk.operations()).isEqualTo(operations);
  }

  @Test
  void whoeverOpensTheVolumeDoesNotWaitForTheRepair() {
    Thread opener = Thread.ofPlatform().unstarted(() -> store.openVolume("demo").close());
    found.onReached =
        () -> {
          if (opener.getState() == Thread.State.NEW) opener.start();
          while (opener.getState() == Thread.State.RUNNABLE
              || opener.getState() == Thread.State.BLOCKED) Thread.onSpinWait();
        };

    assertThatThrownBy(() -> store.repair("demo", true, found))
        .isInstanceOf(GatewayError.Conflict.class)
        .hasMessageContaining("being opened");
  }

  @Test
  void nothingIsMergedMeanwhile() {
    found.onReached =
        () ->
            assertThatThrownBy(() -> runElsewhere(() -> store.merging().step(_ -> {})))
                .hasCauseInstanceOf(GatewayError.Conflict.class);

    store.repair("demo", true, found);

    assertThat(store.merging().step(_ -> {})).isFalse();
  }

  private static void runElsewhere(Runnable step) {
    CompletableFuture.runAsync(step).join();
  }

  @ParameterizedTest
  @EnumSource
  void aPowerCutAtAnyOperationLeavesLessToDo(Survivors survivors) {
    for (int cut = 0; ; cut++) {
      disk = new SimulatedDisk(survivors, Names.STRICT);
      store = CrashRun.open(disk);
      makeLayers();
      disk.cutPowerAfter(disk.operations() + cut);
      boolean finished = false;
      try {
        store.repair("demo", true, new Findings());
        finished = true;
      } catch (PowerCut _) { // that is what it is about
      }
      disk = disk.powerOn();
      store = CrashRun.open(disk);
      assertEverythingReadsAsBefore();
      store.repair("demo", true, new Findings());
      assertThat(frozen()).as("cut after %d", cut).noneMatch(this::leaks);
      assertEverythingReadsAsBefore();
      if (finished) {
        assertThat(cut).isPositive();
        return;
      }
    }
  }
}
