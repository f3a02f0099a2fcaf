package dev.penstock.nbd.handshake;

import dev.penstock.nbd.wire.Wire;

/**
 * Protocol document, "Block size constraints".
 *
 * @param minBytes what offsets and lengths must be a multiple of
 * @param preferredBytes what they had better be a multiple of
 * @param payloadBytesMax the longest READ or WRITE
 */
public record BlockSizes(int minBytes, int preferredBytes, int payloadBytesMax) {
  /** What a client that was told nothing sticks to, if it wants to work everywhere. */
  private static final int MIN_BYTES_PORTABLE = 512;

  /** Any byte may be addressed; a grain of 4 KiB is what stores and page caches work in. */
  public static final BlockSizes STANDARD = new BlockSizes(1, 4096, Wire.PAYLOAD_BYTES_PORTABLE);

  /**
   * Whether a client has to know them before its first request: one that was told nothing would
   * sooner or later send a request that they forbid. Smaller maxima alone are no reason: they are
   * answered with an error, and the kernel's client, which cannot ask, splits what it sends.
   */
  boolean haveToBeKnown() {
    return minBytes > MIN_BYTES_PORTABLE;
  }

  /**
   * Whether a range keeps to the blocks. The end of an export counts as one: a device may end
   * within a block, and its last bytes are to be had all the same.
   */
  public boolean align(long offset, long lengthBytes, long sizeBytes) {
    long rest = minBytes - 1L;
    if ((offset & rest) != 0) return false;
    return (lengthBytes & rest) == 0 || lengthBytes == sizeBytes - offset;
  }
}
