package dev.penstock.volumes.manifest;

import java.util.Optional;

/** How large a volume can be. */
public final class VolumeSize {
  /** What block devices count in: a client could not reach the rest of a size between two. */
  public static final long SECTOR_BYTES = 512;

  private VolumeSize() {}

  /** Why no volume has this size; empty if one can. */
  public static Optional<String> objection(long sizeBytes) {
    if (sizeBytes <= 0)
      return Optional.of(
          "a volume has at least %d bytes, not %d".formatted(SECTOR_BYTES, sizeBytes));
    if (sizeBytes % SECTOR_BYTES != 0)
      return Optional.of(
          "a volume's size is a multiple of %d bytes, and %d is not: take %d"
              .formatted(SECTOR_BYTES, sizeBytes, roundedUp(sizeBytes)));
    return Optional.empty();
  }

  private static long roundedUp(long sizeBytes) {
    long sectors = sizeBytes / SECTOR_BYTES;
    return (sectors == Long.MAX_VALUE / SECTOR_BYTES ? sectors : sectors + 1) * SECTOR_BYTES;
  }
}
