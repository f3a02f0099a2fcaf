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
  /** Any byte may be addressed; a grain of 4 KiB is what stores and page caches work in. */
  public static final BlockSizes STANDARD = new BlockSizes(1, 4096, Wire.PAYLOAD_BYTES_PORTABLE);
}
