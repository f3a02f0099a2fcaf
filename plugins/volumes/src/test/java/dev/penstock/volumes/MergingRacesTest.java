package dev.penstock.volumes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.volume.Extent;
import dev.penstock.spi.volume.SnapshotInfo;
import dev.penstock.spi.volume.Volume;
import dev.penstock.volumes.Merging.Pair;
import dev.penstock.volumes.disk.SimulatedDisk;
import dev.penstock.volumes.disk.SimulatedDisk.Names;
import dev.penstock.volumes.disk.Survivors;
import dev.penstock.volumes.layer.ClaimFiles;
import dev.penstock.volumes.manifest.Layout;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** What comes while layers are merged: each right between two steps that must not be apart. */
class MergingRacesTest {
  /** More than a merge copies while writes wait. */
  private static final int GRAINS = 300;

  private static final int GRAIN_BYTES = 4096;
  private static final int SIZE = GRAINS * GRAIN_BYTES;

  private final SimulatedDisk simulated = new SimulatedDisk(Survivors.NONE, Names.STRICT);
  private final Interposed disk = new Interposed(simulated);
  private final Store store =
      Store.open(disk, new Store.Limits(100, 1 << 30, 100, 1 << 20), () -> Instant.EPOCH, _ -> {});

  @Test
  void aVolumeThatGrowsWhileItIsMergedDownKeepsItsSize() {
    Volume volume = overOneThatGoes();
    disk.beforeFirst("write layers/.*\\.data", () -> volume.resize(2 * SIZE));

    mergeAll();

    assertThat(volume.sizeBytes()).isEqualTo(2 * SIZE);
    volume.close();
    assertThat(store.list().getFirst().sizeBytes()).isEqualTo(2 * SIZE);
    try (Volume again = store.openVolume("a")) {
      ByteBuffer all = ByteBuffer.allocate(2 * SIZE);
      again.read(0, all);
      assertThat(all.flip().slice(0, SIZE)).isEqualTo(grains(2, GRAINS));
      assertThat(all.slice(SIZE, SIZE)).isEqualTo(ByteBuffer.allocate(SIZE));
    }
  }

  @Test
  void aHeadThatIsFrozenBeforeItsMergeDownBeginsLosesNothing() {
    Volume volume = overOneThatGoes();
    Pair pair = store.merging().begun().orElseThrow();
    SnapshotInfo kept = store.snapshots().create("a", "kept");
    volume.write(0, grains(3, 1));

    tryToCarryOut(pair);
    mergeAll();

    assertThat(content(store.snapshots().openSnapshot("a", kept.guid())))
        .isEqualTo(grains(2, GRAINS));
    assertThat(content(volume))
        .isEqualTo(
            ByteBuffer.allocate(SIZE)
                .put(grains(3, 1))
                .put(grains(2, GRAINS).position(GRAIN_BYTES))
                .flip());
  }

  @Test
  void aHeadThatIsFrozenBeforeItsMergeUpBeginsLosesNothing() {
    store.create("a", SIZE);
    Volume volume = store.openVolume("a");
    var _ = store.snapshots().create("a", "root");
    volume.write(0, grains(1, GRAINS));
    SnapshotInfo goes = store.snapshots().create("a", "goes");
    volume.write(0, grains(2, 1));
    var _ = store.snapshots().destroy("a", List.of(goes.guid()));
    while (store.merging().tidy()) {}
    Pair pair = store.merging().begun().orElseThrow();
    SnapshotInfo kept = store.snapshots().create("a", "kept");

    tryToCarryOut(pair);
    mergeAll();

    ByteBuffer expected =
        ByteBuffer.allocate(SIZE)
            .put(grains(2, 1))
            .put(grains(1, GRAINS).position(GRAIN_BYTES))
            .flip();
    assertThat(content(store.snapshots().openSnapshot("a", kept.guid()))).isEqualTo(expected);
    assertThat(content(volume)).isEqualTo(expected);
  }

  private void tryToCarryOut(Pair pair) {
    try {
      store.merging().carryOut(pair, _ -> {});
    } catch (GatewayError.Conflict _) {
      // It is chosen again, as what it is now.
    }
  }

  private static ByteBuffer content(Volume volume) {
    ByteBuffer all = ByteBuffer.allocate(SIZE);
    volume.read(0, all);
    return all.flip();
  }

  @Test
  void ofTwoWhoWaitForTheSameMergeOneGetsTheVolume() throws InterruptedException {
    overOneThatGoes().close();
    Queue<String> outcomes = new ConcurrentLinkedQueue<>();
    List<Thread> openers = List.of(opener(outcomes), opener(outcomes));
    disk.beforeFirst("write layers/.*\\.data", () -> startAndAwaitWaiting(openers));

    mergeAll();
    for (Thread opener : openers) opener.join();

    assertThat(outcomes).containsExactlyInAnyOrder("open", "volume a is open; close it first");
  }

  private Thread opener(Queue<String> outcomes) {
    return Thread.ofPlatform()
        .unstarted(() -> {
          try {
            store.openVolume("a").sizeBytes();
            outcomes.add("open");
          } catch (GatewayError e) {
            outcomes.add(e.what());
          }
        });
  }

  private static void startAndAwaitWaiting(List<Thread> threads) {
    threads.forEach(Thread::start);
    Awaitility.await().until(() -> threads.stream().allMatch(MergingRacesTest::awaitsMerging));
  }

  /** Where it waits counts, too: a thread also waits for another to load a class. */
  private static boolean awaitsMerging(Thread one) {
    return one.getState() == Thread.State.WAITING
        && Arrays.stream(one.getStackTrace())
            .anyMatch(frame -> frame.getMethodName().equals("awaitMerging"));
  }

  @Test
  void whatIsComparedStaysTheSameWhateverIsMergedMeanwhile() {
    store.create("a", SIZE);
    Volume volume = store.openVolume("a");
    List<UUID> taken = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      for (int grain = 10 * i; grain < GRAINS; grain += 50)
        volume.write((long) grain * GRAIN_BYTES, grains(i, 1));
      taken.add(store.snapshots().create("a", "s" + i).guid());
    }
    UUID newest = taken.removeLast();
    List<Extent> before = extents(newest, () -> {});

    List<Extent> meanwhile =
        extents(
            newest,
            () -> {
              var _ = store.snapshots().destroy("a", taken);
              mergeAll();
            });

    assertThat(meanwhile).hasSizeGreaterThan(10).isEqualTo(before);
  }

  /** Everything that a snapshot holds; the steps come after the first extent. */
  private List<Extent> extents(UUID snapshot, Runnable steps) {
    List<Extent> extents = new ArrayList<>();
    store
        .snapshots()
        .diff(
            "a",
            Optional.empty(),
            snapshot,
            0,
            extent -> {
              if (extents.isEmpty()) steps.run();
              return extents.add(extent);
            });
    return extents;
  }

  @Test
  void aLogThatGoesBetweenTwoLooksIsNotMissed() {
    store.create("a", SIZE);
    Volume volume = store.openVolume("a");
    var _ = store.snapshots().create("a", "s1");
    String layer =
        simulated.list(Layout.LAYERS).stream()
            .filter(file -> file.endsWith(".log"))
            .flatMap(file -> Layout.layerOf(file).stream())
            .findFirst()
            .orElseThrow();
    volume.write(0, grains(1, 1));
    var _ = store.snapshots().create("a", "s2");
    disk.beforeFirst("(exists|open) " + Layout.logOf(layer), this::mergeAll);

    assertThat(ClaimFiles.read(disk, layer).isFinal()).isTrue();
  }

  /** Open, and written all over since a snapshot that is gone. */
  private Volume overOneThatGoes() {
    store.create("a", SIZE);
    Volume volume = store.openVolume("a");
    volume.write(0, grains(1, GRAINS));
    UUID snapshot = store.snapshots().create("a", "s1").guid();
    volume.write(0, grains(2, GRAINS));
    volume.flush();
    var _ = store.snapshots().destroy("a", List.of(snapshot));
    return volume;
  }

  private static ByteBuffer grains(long stamp, int count) {
    return CrashModel.sectors(stamp, count * Stamps.SECTORS_PER_GRAIN);
  }

  /**
   * Begins again what was interrupted, as the store does: until whoever interrupts it has had its
   * turn.
   */
  private void mergeAll() {
    Awaitility.await()
        .pollInSameThread()
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(1))
        .ignoreExceptionsInstanceOf(GatewayError.Conflict.class)
        .until(() -> !store.merging().step(_ -> {}));
  }
}
