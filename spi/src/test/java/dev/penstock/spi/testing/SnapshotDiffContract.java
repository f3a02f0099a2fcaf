package dev.penstock.spi.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.volume.Change;
import dev.penstock.spi.volume.Extent;
import dev.penstock.spi.volume.SnapshotInfo;
import dev.penstock.spi.volume.SnapshotStore;
import dev.penstock.spi.volume.Volume;
import dev.penstock.spi.volume.VolumeCapability;
import dev.penstock.spi.volume.ZeroMode;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What differs is told; nothing that does is missed. */
abstract class SnapshotDiffContract extends SnapshotCopyContract {
  @Test
  void everythingThatDiffersIsToldInEitherDirection() {
    write(0, bytes(1, 700_000));
    SnapshotInfo before = take("before");
    write(5_000, bytes(2, 3));
    zero(100_000, 200_000, ZeroMode.MAY_PUNCH);
    zero(400_000, 50_000, ZeroMode.KEEP_SPACE);
    write(SIZE - 1, bytes(3, 1));
    SnapshotInfo after = take("after");

    assertTells(before, after);
    assertTells(after, before);
  }

  @Test
  void whatWasAddedAtTheEndIsToldUnlessItIsZero() {
    write(0, bytes(1, SIZE));
    SnapshotInfo small = take("small");
    grow(SIZE + 200_000L);
    SnapshotInfo grown = take("grown");
    if (grown.sizeBytes() > SIZE) write(SIZE + 150_000, bytes(2, 50_000));
    SnapshotInfo filled = take("filled");

    assertTells(small, grown);
    assertTells(grown, filled);
    assertTells(small, filled);
    assertTells(filled, small);
  }

  @Test
  void branchesAreToldApart() {
    write(0, bytes(1, SIZE));
    SnapshotInfo trunk = take("trunk");
    write(10_000, bytes(2, 100_000));
    SnapshotInfo left = take("left");
    snapshots().rollback(VOLUME, trunk.guid());
    write(500_000, bytes(3, 100_000));
    SnapshotInfo right = take("right");
    destroy(trunk);

    assertTells(left, right);
    assertTells(right, left);
  }

  @Test
  void withoutABaseEverythingThatIsThereIsTold() {
    write(4_096, bytes(1, 10_000));
    write(900_000, bytes(2, 100_000));
    SnapshotInfo taken = take("monday");

    List<Extent> told = diff(snapshots(), Optional.empty(), taken.guid(), 0);

    assertCovers(told, new byte[SIZE], shown(taken), 0);
  }

  /** A sender that goes on from where it was gets nothing that it has sent. */
  @ParameterizedTest
  @ValueSource(ints = {1, 4_095, 4_096, 4_097, 300_000, SIZE - 1, SIZE})
  void nothingBeforeTheOffsetIsToldAndEverythingAfterItIs(int offset) {
    write(0, bytes(1, 600_000));
    SnapshotInfo before = take("before");
    write(0, bytes(2, SIZE));
    SnapshotInfo after = take("after");

    List<Extent> told = diff(snapshots(), Optional.of(before.guid()), after.guid(), offset);

    assertCovers(told, shown(before), shown(after), offset);
    assertThat(told).allMatch(extent -> extent.offset() >= offset);
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, SIZE + 1L, Long.MIN_VALUE, Long.MAX_VALUE})
  void offsetsOutsideAreInvalid(long offset) {
    UUID taken = take("monday").guid();

    assertInvalid(() -> diff(snapshots(), Optional.empty(), taken, offset));
    assertInvalid(() -> snapshots().send(VOLUME, Optional.empty(), taken, offset));

    assertThat(snapshots().destroy(VOLUME, List.of(taken)).values()).containsOnly(Optional.empty());
  }

  @Test
  void tellingEndsWhenTheSinkWantsNoMore() {
    write(0, bytes(1, 4_096));
    write(900_000, bytes(2, 4_096));
    UUID taken = take("monday").guid();
    List<Extent> told = new ArrayList<>();

    snapshots()
        .diff(
            VOLUME,
            Optional.empty(),
            taken,
            0,
            extent -> {
              told.add(extent);
              return false;
            });

    assertThat(told).hasSize(1);
  }

  @Test
  void volumesTellWhatWasWrittenSinceEachOfTheirSnapshots() {
    if (!tellsChanges()) return;
    write(0, bytes(1, 500_000));
    SnapshotInfo first = take("first");
    write(8_000, bytes(2, 100));
    zero(200_000, 100_000, ZeroMode.MAY_PUNCH);
    SnapshotInfo second = take("second");
    grow(SIZE + 50_000L);
    try (Volume volume = store.openVolume(VOLUME)) {
      volume.write(700_000, ByteBuffer.wrap(bytes(3, 9_000)));

      for (SnapshotInfo since : List.of(first, second))
        assertCovers(changed(volume, since.guid()), shown(since), content(volume), since.name());
    }
    try (Volume volume = snapshots().openSnapshot(VOLUME, second.guid())) {
      if (volume.capabilities().contains(VolumeCapability.CHANGES))
        assertCovers(changed(volume, first.guid()), shown(first), content(volume), "of a snapshot");
    }
  }

  @Test
  void changesDescribeTheirRangeWithoutGapsAndEndWithTheSink() {
    if (!tellsChanges()) return;
    UUID since = take("monday").guid();
    for (int i = 0; i < 20; i++) write(i * 50_000L, bytes(i, 5_000));
    try (Volume volume = store.openVolume(VOLUME)) {
      for (long[] range :
          new long[][] {{0, SIZE}, {1, SIZE - 1}, {4_097, 99_999}, {50_000, 1}, {0, 4_096}})
        assertDescribes(changes(volume, since, range[0], range[1]), range[0], range[1]);
      assertThat(changes(volume, since, SIZE, 0)).isEmpty();
      assertInvalid(() -> changes(volume, since, SIZE, 1));
      List<Change> told = new ArrayList<>();
      volume.changes(
          since,
          0,
          SIZE,
          change -> {
            told.add(change);
            return false;
          });
      assertThat(told).hasSize(1);
    }
  }

  private static void assertDescribes(List<Change> told, long offset, long length) {
    assertThat(told.getFirst().offset()).isEqualTo(offset);
    assertThat(told.getLast().endOffset()).isEqualTo(offset + length);
    for (int i = 0; i < told.size(); i++) {
      assertThat(told.get(i).lengthBytes()).isPositive();
      if (i == 0) continue;
      assertThat(told.get(i).offset()).isEqualTo(told.get(i - 1).endOffset());
      assertThat(told.get(i).changed()).isNotEqualTo(told.get(i - 1).changed());
    }
  }

  @Test
  void changesSinceWhatAVolumeDoesNotComeFromAreNotFound() {
    if (!tellsChanges()) return;
    UUID first = take("first").guid();
    UUID later = take("later").guid();
    UUID gone = take("gone").guid();
    snapshots().destroy(VOLUME, List.of(gone));
    snapshots().rollback(VOLUME, first);
    try (Volume volume = store.openVolume(VOLUME)) {
      for (UUID other : List.of(NOBODY, gone, later))
        assertThatThrownBy(() -> changes(volume, other, 0, SIZE))
            .isInstanceOf(GatewayError.NotFound.class);

      assertDescribes(changes(volume, first, 0, SIZE), 0, SIZE);
    }
  }

  boolean tellsChanges() {
    try (Volume volume = store.openVolume(VOLUME)) {
      return volume.capabilities().contains(VolumeCapability.CHANGES);
    }
  }

  void zero(long offset, long length, ZeroMode mode) {
    try (Volume volume = store.openVolume(VOLUME)) {
      volume.zero(offset, length, mode);
    }
  }

  private static List<Change> changes(Volume volume, UUID since, long offset, long length) {
    List<Change> told = new ArrayList<>();
    volume.changes(since, offset, length, told::add);
    return told;
  }

  /** As extents, to be compared like a diff. */
  static List<Extent> changed(Volume volume, UUID since) {
    return changes(volume, since, 0, volume.sizeBytes()).stream()
        .filter(Change::changed)
        .map(one -> new Extent(one.offset(), one.lengthBytes(), Extent.Kind.DATA))
        .toList();
  }

  static List<Extent> diff(SnapshotStore store, Optional<UUID> from, UUID to, long offset) {
    List<Extent> told = new ArrayList<>();
    store.diff(VOLUME, from, to, offset, told::add);
    return told;
  }

  private void assertTells(SnapshotInfo from, SnapshotInfo to) {
    List<Extent> told = diff(snapshots(), Optional.of(from.guid()), to.guid(), 0);
    assertCovers(told, shown(from), shown(to), from.name() + " to " + to.name());
  }

  private static void assertCovers(List<Extent> told, byte[] before, byte[] after, int offset) {
    byte[] changed = Arrays.copyOf(before, after.length);
    System.arraycopy(after, 0, changed, 0, offset);
    assertCovers(told, changed, after, "from " + offset);
  }

  /** What has no bytes in {@code before} counts as zero. */
  static void assertCovers(List<Extent> told, byte[] before, byte[] after, String what) {
    byte[] patched = Arrays.copyOf(before, after.length);
    long end = 0;
    for (Extent extent : told) {
      assertThat(extent.offset()).as("%s in order; %s", extent, what).isGreaterThanOrEqualTo(end);
      assertThat(extent.lengthBytes()).as("%s; %s", extent, what).isPositive();
      assertThat(extent.endOffset()).as("%s; %s", extent, what).isBetween(1L, (long) after.length);
      end = extent.endOffset();
      int at = (int) extent.offset();
      int length = (int) extent.lengthBytes();
      System.arraycopy(after, at, patched, at, length);
      if (extent.kind() != Extent.Kind.DATA)
        for (int i = at; i < at + length; i++)
          if (after[i] != 0)
            throw new AssertionError("byte %d of %s; %s".formatted(i, extent, what));
    }
    assertSame(patched, after, "not told of: " + what);
  }

  static void assertInvalid(Runnable call) {
    assertThatThrownBy(call::run).isInstanceOf(GatewayError.Invalid.class);
  }
}
