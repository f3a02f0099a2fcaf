package dev.penstock.volumes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.volume.SnapshotInfo;
import dev.penstock.spi.volume.Volume;
import dev.penstock.volumes.disk.Disk.Opening;
import dev.penstock.volumes.disk.DiskFile;
import dev.penstock.volumes.disk.SimulatedDisk;
import dev.penstock.volumes.disk.SimulatedDisk.Names;
import dev.penstock.volumes.disk.Survivors;
import dev.penstock.volumes.manifest.Layout;
import dev.penstock.volumes.manifest.Manifest;
import dev.penstock.volumes.manifest.ManifestFormat;
import dev.penstock.volumes.manifest.StoreFiles;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A layer that is changed in the manifests of several volumes, one after the other. */
class SharedLayerTest {
  private static final long SIZE = 8192;

  /** Of these two, manifests are replaced in one order, and looked at in the other. */
  private static final String FIRST = "d";

  private static final String SECOND = "a";

  /** {@code root <- above (longer), which a snapshot names}, of which a clone has both as well. */
  private static void makeSharedRoot(Store store) {
    store.create(FIRST, SIZE);
    Snapshots snapshots = store.snapshots();
    SnapshotInfo old = snapshots.create(FIRST, "old");
    try (Volume volume = store.openVolume(FIRST)) {
      volume.resize(2 * SIZE);
      volume.write(SIZE, CrashModel.sectors(7, 1));
      volume.flush();
    }
    SnapshotInfo kept = snapshots.create(FIRST, "kept");
    snapshots.clone(FIRST, kept.guid(), SECOND);
    assertThat(snapshots.destroy(FIRST, List.of(old.guid())).get(old.guid())).isEmpty();
  }

  private static void mergeAll(Store store) {
    while (store.merging().step(_ -> {})) {}
  }

  private static long root(SimulatedDisk disk) {
    String path = Layout.manifestIn(Layout.volume(FIRST));
    Manifest manifest = ManifestFormat.decode(path, new StoreFiles(disk).read(path));
    try (DiskFile file = disk.open(Layout.dataOf(manifest.chain().getLast()), Opening.EXISTING)) {
      return file.sizeBytes();
    }
  }

  @ParameterizedTest
  @EnumSource
  void aRootThatIsLongerInOneManifestThanInAnotherIsNotCut(Names names) {
    var disk = new SimulatedDisk(Survivors.NONE, names);
    try (Store store = CrashRun.open(disk)) {
      makeSharedRoot(store);
      int[] manifests = {0};
      disk.failNext(what -> what.startsWith("rename volumes/") && ++manifests[0] == 2);
      assertThatThrownBy(() -> mergeAll(store)).isInstanceOf(GatewayError.class);
      assertThat(disk.failed()).hasValueSatisfying(what -> assertThat(what).contains("manifest"));
    }
    SimulatedDisk after = disk.powerOn();
    CrashRun.open(after).close(); // what it cuts is missed once nobody else names the root
    try (Store store = CrashRun.open(after)) {
      assertThat(root(after)).isEqualTo(2 * SIZE);
      mergeAll(store);
    }
    try (Store store = CrashRun.open(after)) {
      for (String name : List.of(FIRST, SECOND))
        try (Volume volume = store.openVolume(name)) {
          assertThat(volume.sizeBytes()).isEqualTo(2 * SIZE);
          ByteBuffer read = ByteBuffer.allocate(512);
          volume.read(SIZE, read);
          assertThat(read.flip()).isEqualTo(CrashModel.sectors(7, 1));
        }
    }
  }
}
