package dev.penstock.volumes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.volume.SnapshotInfo;
import dev.penstock.spi.volume.Volume;
import dev.penstock.volumes.disk.Disk;
import dev.penstock.volumes.disk.SimulatedDisk;
import dev.penstock.volumes.disk.SimulatedDisk.Names;
import dev.penstock.volumes.disk.Survivors;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** To unlink a large file takes long: nobody waits for it but who wanted it gone. */
class FreeingRoomTest {
  private static final long SIZE = 64 << 10;

  private SimulatedDisk disk = new SimulatedDisk(Survivors.NONE, Names.STRICT);

  /** Meanwhile, as somebody else, whenever a file of data is unlinked. */
  private static Disk slow(SimulatedDisk disk, Runnable meanwhile) {
    return new WrappedDisk(disk) {
      @Override
      public void unlink(String path) {
        if (path.endsWith(".data"))
          CompletableFuture.runAsync(meanwhile).orTimeout(10, TimeUnit.SECONDS).join();
        super.unlink(path);
      }
    };
  }

  private static Store open(Disk disk) {
    return Store.open(disk, CrashRun.LIMITS, () -> Instant.EPOCH, _ -> {});
  }

  /** Two volumes; the second has a snapshot, after which nothing but {@code what} is done. */
  private void whileRoomIsFreed(Consumer<Store> what, Consumer<Store> meanwhile) {
    Store[] store = new Store[1];
    int[] times = {0};
    store[0] =
        open(
            slow(
                disk,
                () -> {
                  if (times[0]++ == 0) meanwhile.accept(store[0]);
                }));
    store[0].create("other", SIZE);
    store[0].create("demo", SIZE);
    try (Volume demo = store[0].openVolume("demo")) {
      demo.write(0, CrashModel.sectors(1, 8));
      store[0].snapshots().create("demo", "first");
      demo.write(0, CrashModel.sectors(2, 8));
    }
    what.accept(store[0]);
    assertThat(times[0]).isPositive();
  }

  private static void snapshotOfOther(Store store) {
    try (Volume other = store.openVolume("other")) {
      other.write(0, CrashModel.sectors(3, 8));
      store.snapshots().create("other", "meanwhile");
    }
  }

  @Test
  void snapshotsOfOthersDoNotWaitForARemoval() {
    whileRoomIsFreed(store -> store.remove("demo"), FreeingRoomTest::snapshotOfOther);

    assertThat(disk.list("layers").stream().filter(file -> file.endsWith(".data"))).hasSize(2);
    HistoryRecovery.requireNothingLeftOver(disk);
  }

  @Test
  void snapshotsOfOthersDoNotWaitForARollback() {
    whileRoomIsFreed(FreeingRoomTest::rollBack, FreeingRoomTest::snapshotOfOther);

    HistoryRecovery.requireNothingLeftOver(disk);
  }

  @Test
  void snapshotsOfOthersDoNotWaitForAMerge() {
    whileRoomIsFreed(
        store -> {
          List<SnapshotInfo> all = store.snapshots().list("demo");
          store.snapshots().destroy("demo", List.of(all.getFirst().guid()));
          while (store.merging().step(_ -> {})) {}
        },
        FreeingRoomTest::snapshotOfOther);

    HistoryRecovery.requireNothingLeftOver(disk);
  }

  private static void rollBack(Store store) {
    store.snapshots().rollback("demo", store.snapshots().list("demo").getFirst().guid());
  }

  /** A manifest that is written meanwhile still says what is to go, until that is durable. */
  @ParameterizedTest
  @EnumSource
  void whatAPowerCutBringsBackIsRemovedThen(Names names) {
    disk = new SimulatedDisk(Survivors.NONE, names);
    whileRoomIsFreed(
        FreeingRoomTest::rollBack,
        store -> {
          var guid = store.snapshots().list("demo").getFirst().guid();
          store.snapshots().hold("demo", guid, "in-the-next-manifest");
        });

    SimulatedDisk after = disk.powerOn();
    open(after).close();

    HistoryRecovery.requireNothingLeftOver(after);
  }
}
