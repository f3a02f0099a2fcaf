package dev.penstock.spi.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.volume.Extent;
import dev.penstock.spi.volume.VolumeCapability;
import dev.penstock.spi.volume.ZeroMode;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Space that is given back, zeroed, told of, and added. */
abstract class VolumeSpaceContract extends VolumeBytesContract {
  private static final int MIB = 1 << 20;

  @ParameterizedTest(name = "{1} bytes at {0}")
  @CsvSource({"0, 4194819", "0, 1048576", "1, 1048576", "511, 1", "4095, 2", "5000, 100000"})
  void trimmedBytesReadAsZeroesOrAsBefore(int offset, int length) {
    byte[] before = bytes(11, SIZE);
    volume.write(0, ByteBuffer.wrap(before));

    volume.trim(offset, length);

    byte[] after = read(0, SIZE);
    for (int i = 0; i < SIZE; i++)
      if (after[i] != before[i])
        assertThat(after[i] == 0 && i >= offset && i < offset + length)
            .as("byte %d, after a trim of %d at %d", i, length, offset)
            .isTrue();
  }

  @ParameterizedTest
  @EnumSource
  void zeroedRangesReadAsZeroesAndTheirNeighboursAsBefore(ZeroMode mode) {
    for (int[] range :
        new int[][] {{0, SIZE}, {0, MIB}, {1, MIB}, {511, 1}, {4095, 2}, {70, 9999}}) {
      byte[] expected = bytes(13, SIZE);
      volume.write(0, ByteBuffer.wrap(expected.clone()));
      Arrays.fill(expected, range[0], range[0] + range[1], (byte) 0);

      volume.zero(range[0], range[1], mode);

      assertThat(read(0, SIZE)).as("%d bytes at %d", range[1], range[0]).isEqualTo(expected);
    }
  }

  @Test
  void spaceUnderZeroesStaysWhereItIsToBeKept() {
    volume.zero(0, MIB, ZeroMode.KEEP_SPACE);
    volume.write(MIB, pattern(1, MIB));
    volume.zero(MIB, MIB, ZeroMode.KEEP_SPACE);

    assertThat(extents(0, 2 * MIB)).extracting(Extent::kind).doesNotContain(Extent.Kind.HOLE);
  }

  @Test
  void trimmedRangesShowAsHolesAtOnce() {
    if (!can(VolumeCapability.TRIM) || !can(VolumeCapability.EXTENTS)) return;
    volume.write(0, pattern(1, 3 * MIB));

    volume.trim(MIB, MIB);

    assertThat(extents(MIB, MIB)).containsExactly(new Extent(MIB, MIB, Extent.Kind.HOLE));
    assertZeroes(read(MIB, MIB));
  }

  @Test
  void newVolumesAreHolesWhereHolesAreTold() {
    if (!can(VolumeCapability.EXTENTS)) return;

    assertThat(extents(0, SIZE)).containsExactly(new Extent(0, SIZE, Extent.Kind.HOLE));
  }

  @Test
  void extentsEndWhenTheSinkWantsNoMore() {
    volume.write(0, pattern(1, 4096));
    volume.write(MIB, pattern(1, 4096));
    List<Extent> got = new ArrayList<>();

    volume.extents(
        0,
        SIZE,
        extent -> {
          got.add(extent);
          return false;
        });

    assertThat(got).hasSize(1);
    assertThat(got.getFirst().offset()).isZero();
  }

  @Test
  void growsWithZeroesAndNeverShrinks() {
    if (!can(VolumeCapability.RESIZE)) {
      assertThatThrownBy(() -> volume.resize(SIZE * 2L))
          .isInstanceOf(GatewayError.Unsupported.class);
      return;
    }
    byte[] before = bytes(1, SIZE);
    volume.write(0, ByteBuffer.wrap(before));

    volume.resize(SIZE + MIB);
    assertInvalid(() -> volume.resize(SIZE));
    assertInvalid(() -> volume.resize(-1));

    assertThat(volume.sizeBytes()).isEqualTo(SIZE + MIB);
    assertThat(volume.info().sizeBytes()).isEqualTo(SIZE + MIB);
    assertThat(read(0, SIZE)).isEqualTo(before);
    assertZeroes(read(SIZE, MIB));
    volume.write(SIZE - 1, pattern(3, MIB));
    assertThat(read(SIZE - 1, MIB)).isEqualTo(bytes(3, MIB));
  }

  @Test
  void changesSinceASnapshotThatIsNoneAreRefused() {
    Class<? extends GatewayError> refusal =
        can(VolumeCapability.CHANGES)
            ? GatewayError.NotFound.class
            : GatewayError.Unsupported.class;

    assertThatThrownBy(() -> volume.changes(new UUID(0, 42), 0, SIZE, _ -> true))
        .isInstanceOf(refusal);
  }

  private List<Extent> extents(long offset, long length) {
    List<Extent> extents = new ArrayList<>();
    volume.extents(offset, length, extents::add);
    return extents;
  }
}
