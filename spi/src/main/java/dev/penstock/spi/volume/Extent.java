package dev.penstock.spi.volume;

/**
 * A run of bytes that are alike.
 *
 * @param offset bytes from the volume's start
 * @param lengthBytes at least 1
 * @since SPI 1.0
 */
public record Extent(long offset, long lengthBytes, Kind kind) {
  /** What a reader may rely on. Calling anything {@link #DATA} is always safe. */
  public enum Kind {
    /** May hold anything. */
    DATA,
    /** Has space and reads as zeroes. */
    ZERO,
    /** Has no space and reads as zeroes. */
    HOLE
  }

  public long endOffset() {
    return offset + lengthBytes;
  }

  /** Takes extents one by one, in order. */
  @FunctionalInterface
  public interface Sink {
    /**
     * @return false to be given no more
     */
    boolean accept(Extent extent);
  }
}
