package dev.penstock.spi.volume;

import dev.penstock.spi.GatewayError;
import java.nio.ByteBuffer;

/**
 * Checks that every volume makes in the same words, and zeroes for those that can only write.
 *
 * @since SPI 1.0
 */
public final class Ranges {
  /** The same memory for all who write zeroes, however many of them wait for a slow store. */
  private static final class Zeroes {
    private static final ByteBuffer ALL = ByteBuffer.allocateDirect(1 << 20).asReadOnlyBuffer();
  }

  private Ranges() {}

  /**
   * Throws {@link GatewayError.Invalid} unless the range lies within the volume. Sums never
   * overflow.
   */
  public static void require(Volume volume, long offset, long lengthBytes) {
    require(volume.info().name(), volume.sizeBytes(), offset, lengthBytes);
  }

  /** As {@link #require(Volume, long, long)}, for a volume that knows its name and size. */
  public static void require(String volume, long sizeBytes, long offset, long lengthBytes) {
    if (offset < 0 || lengthBytes < 0 || offset > sizeBytes || lengthBytes > sizeBytes - offset)
      throw new GatewayError.Invalid(
          "volume %s ends at %d: there is no range of %d bytes at %d"
              .formatted(volume, sizeBytes, lengthBytes, offset));
  }

  static void writeZeroes(Volume volume, long offset, long lengthBytes) {
    ByteBuffer zeroes = Zeroes.ALL.duplicate();
    long end = offset + lengthBytes;
    for (long at = offset; at < end; at += zeroes.capacity()) {
      zeroes.position(0).limit((int) Math.min(zeroes.capacity(), end - at));
      volume.write(at, zeroes);
    }
  }
}
