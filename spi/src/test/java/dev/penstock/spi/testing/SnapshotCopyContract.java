package dev.penstock.spi.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.volume.SnapshotInfo;
import dev.penstock.spi.volume.SnapshotSpace;
import dev.penstock.spi.volume.Volume;
import dev.penstock.spi.volume.VolumeCapability;
import dev.penstock.spi.volume.VolumeInfo;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Snapshots become volumes: clones, rollbacks; and what all of them take. */
abstract class SnapshotCopyContract extends SnapshotKeepingContract {
  @Test
  void clonesBeginAsTheirSnapshotAndGoTheirOwnWay() {
    byte[] before = bytes(1, SIZE);
    write(0, before);
    SnapshotInfo taken = take("monday");
    write(0, bytes(2, SIZE));

    VolumeInfo clone = snapshots().clone(VOLUME, taken.guid(), "clone");

    assertThat(clone.name()).isEqualTo("clone");
    assertThat(clone.sizeBytes()).isEqualTo(SIZE);
    assertThat(store.list()).extracting(VolumeInfo::guid).contains(clone.guid()).hasSize(2);
    assertSame(content("clone"), before, "a clone begins as the snapshot");
    byte[] own = bytes(3, 500_000);
    write(store, "clone", 12_345, own);
    System.arraycopy(own, 0, before, 12_345, own.length);
    reopen();
    assertSame(content("clone"), before, "a clone is written");
    assertSame(content(VOLUME), bytes(2, SIZE), "its origin is not");
    assertSame(shown(taken), bytes(1, SIZE), "nor is the snapshot");
  }

  @Test
  void clonesOutliveWhatTheyComeFrom() {
    write(0, bytes(1, SIZE));
    SnapshotInfo taken = take("monday");
    snapshots().clone(VOLUME, taken.guid(), "clone");
    SnapshotInfo again = snapshots().create("clone", "again");
    write(store, "clone", 0, bytes(2, 4096));
    snapshots().clone("clone", again.guid(), "second");

    assertThat(destroy(taken)).isEmpty();
    store.remove(VOLUME);
    store.remove("clone");

    reopen();
    assertThat(store.list()).extracting(VolumeInfo::name).containsExactly("second");
    assertSame(content("second"), bytes(1, SIZE), "all of it is its own now");
  }

  @Test
  void clonesNeedANameThatIsOneAndIsFree() {
    UUID taken = take("monday").guid();

    assertThatThrownBy(() -> snapshots().clone(VOLUME, taken, VOLUME))
        .isInstanceOf(GatewayError.Conflict.class);
    assertThatThrownBy(() -> snapshots().clone(VOLUME, taken, "a/b"))
        .isInstanceOf(GatewayError.Invalid.class);

    assertThat(store.list()).hasSize(1);
  }

  @Test
  void volumesRollBackAndForthBetweenTheirSnapshots() {
    write(0, bytes(1, SIZE));
    SnapshotInfo monday = take("monday");
    write(4_000, bytes(2, 600_000));
    grow(SIZE + 70_000L);
    write(SIZE, bytes(3, 60_000));
    byte[] later = content(VOLUME);
    SnapshotInfo tuesday = take("tuesday");
    write(100, bytes(4, 900_000));

    snapshots().rollback(VOLUME, monday.guid());
    assertSame(content(VOLUME), bytes(1, SIZE), "rolled back");
    write(0, bytes(5, 5_000));
    snapshots().rollback(VOLUME, tuesday.guid());
    assertSame(content(VOLUME), later, "rolled forth");
    snapshots().rollback(VOLUME, monday.guid());

    reopen();
    assertThat(snapshots().list(VOLUME)).containsExactly(monday, tuesday);
    assertSame(content(VOLUME), bytes(1, SIZE), "rolled back again");
    assertSame(shown(tuesday), later, "a later snapshot stays");
  }

  @Test
  void openVolumesAreNotRolledBack() {
    UUID taken = take("monday").guid();
    write(0, bytes(1, SIZE));

    try (Volume volume = store.openVolume(VOLUME)) {
      assertThatThrownBy(() -> snapshots().rollback(VOLUME, taken))
          .isInstanceOf(GatewayError.Conflict.class);

      assertSame(content(volume), bytes(1, SIZE), "what is open stays as it is");
    }
    snapshots().rollback(VOLUME, taken);
    assertThat(content(VOLUME)).containsOnly(0);
  }

  @Test
  void removedVolumesTakeTheirSnapshotsAlongUnlessOneIsInUse() {
    UUID held = take("held").guid();
    UUID opened = take("opened").guid();
    snapshots().hold(VOLUME, held, "audit");
    assertRemovalRefused();
    snapshots().release(VOLUME, held, "audit");
    try (Volume _ = snapshots().openSnapshot(VOLUME, opened)) {
      assertRemovalRefused();
    }
    assertThat(snapshots().list(VOLUME)).hasSize(2);

    store.remove(VOLUME);

    assertNotFound(() -> snapshots().list(VOLUME));
    store.create(VOLUME, SIZE);
    assertThat(snapshots().list(VOLUME)).isEmpty();
    assertNotFound(() -> snapshots().openSnapshot(VOLUME, held));
  }

  private void assertRemovalRefused() {
    assertThatThrownBy(() -> store.remove(VOLUME)).isInstanceOf(GatewayError.Conflict.class);
  }

  @Test
  void snapshotsTakeAloneWhatNobodyElseShows() {
    write(0, bytes(1, 1 << 20));
    UUID first = take("first").guid();
    UUID second = take("second").guid();
    Map<UUID, SnapshotSpace> shared = snapshots().space(VOLUME);

    assertThat(shared).containsOnlyKeys(first, second);
    for (SnapshotSpace space : shared.values()) {
      assertThat(space.uniqueBytes()).isBetween(0L, 1L << 18);
      assertThat(space.sharedBytes()).isBetween(1L << 19, 3L << 19);
    }
    snapshots().destroy(VOLUME, List.of(first));
    write(0, bytes(2, 1 << 20));
    SnapshotSpace alone = snapshots().space(VOLUME).values().iterator().next();
    assertThat(alone.snapshot()).isEqualTo(second);
    assertThat(alone.uniqueBytes()).isBetween(1L << 19, 3L << 19);
  }

  /** Makes the volume larger, if it can become larger. */
  final void grow(long sizeBytes) {
    try (Volume volume = store.openVolume(VOLUME)) {
      if (volume.capabilities().contains(VolumeCapability.RESIZE)) volume.resize(sizeBytes);
    }
  }
}
