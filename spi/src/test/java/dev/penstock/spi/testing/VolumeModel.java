package dev.penstock.spi.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.volume.Extent;
import dev.penstock.spi.volume.Volume;
import dev.penstock.spi.volume.ZeroMode;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Random;

/**
 * An array of bytes that a volume is compared with, call by call. A trimmed byte is zero or as
 * before, until it is seen or written: what was seen once must not change by itself.
 */
final class VolumeModel {
  private final byte[] bytes;
  private final BitSet trimmed = new BitSet();

  VolumeModel(int sizeBytes) {
    this.bytes = new byte[sizeBytes];
  }

  /** Does one random call to both, and says which. */
  String step(Random random, Volume volume) {
    int length = length(random);
    int offset = random.nextInt(bytes.length - length + 1);
    String range = "%d bytes at %d".formatted(length, offset);
    return switch (random.nextInt(7)) {
      case 0, 1, 2 -> {
        write(random, volume, offset, length);
        yield "write " + range;
      }
      case 3 -> {
        volume.trim(offset, length);
        trimmed.set(offset, offset + length);
        yield "trim " + range;
      }
      case 4, 5 -> {
        ZeroMode mode = random.nextBoolean() ? ZeroMode.MAY_PUNCH : ZeroMode.KEEP_SPACE;
        volume.zero(offset, length, mode);
        Arrays.fill(bytes, offset, offset + length, (byte) 0);
        trimmed.clear(offset, offset + length);
        yield "zero %s %s".formatted(range, mode);
      }
      default -> {
        volume.flush();
        yield "flush";
      }
    };
  }

  private void write(Random random, Volume volume, int offset, int length) {
    byte[] source = new byte[length];
    random.nextBytes(source);
    if (random.nextInt(4) == 0) volume.writeDurably(offset, ByteBuffer.wrap(source));
    else volume.write(offset, ByteBuffer.wrap(source));
    System.arraycopy(source, 0, bytes, offset, length);
    trimmed.clear(offset, offset + length);
  }

  void assertSame(Volume volume, String when) {
    ByteBuffer target = ByteBuffer.allocate(bytes.length);
    volume.read(0, target);
    byte[] seen = target.array();
    for (int i = trimmed.nextSetBit(0); i >= 0; i = trimmed.nextSetBit(i + 1))
      if (seen[i] == 0) bytes[i] = 0;
    trimmed.clear();
    int different = Arrays.mismatch(seen, bytes);
    assertThat(different).as("first byte that differs; %s", when).isEqualTo(-1);
    assertExtents(volume, when);
  }

  private void assertExtents(Volume volume, String when) {
    List<Extent> extents = new ArrayList<>();
    volume.extents(0, bytes.length, extents::add);
    long at = 0;
    Extent before = new Extent(0, 0, Extent.Kind.DATA);
    for (Extent extent : extents) {
      assertThat(extent.offset()).as("no gap before %s; %s", extent, when).isEqualTo(at);
      assertThat(extent.lengthBytes()).as("%s; %s", extent, when).isPositive();
      if (at > 0)
        assertThat(extent.kind()).as("%s merged; %s", extent, when).isNotEqualTo(before.kind());
      if (extent.kind() != Extent.Kind.DATA)
        for (long i = extent.offset(); i < extent.endOffset(); i++)
          if (bytes[(int) i] != 0)
            throw new AssertionError("byte %d is not 0 in %s; %s".formatted(i, extent, when));
      at = extent.endOffset();
      before = extent;
    }
    assertThat(at).as("the last extent ends with the range; %s", when).isEqualTo(bytes.length);
  }

  /** Small and large, aligned and not. */
  private int length(Random random) {
    return switch (random.nextInt(4)) {
      case 0 -> random.nextInt(600);
      case 1 -> 4096 * random.nextInt(64);
      case 2 -> random.nextInt(300_000);
      default -> random.nextInt(bytes.length + 1);
    };
  }
}
