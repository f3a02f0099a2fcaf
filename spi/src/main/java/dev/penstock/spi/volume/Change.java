package dev.penstock.spi.volume;

/**
 * A run of bytes that may differ between two states of a volume, or that do not.
 *
 * @param changed calling anything changed is safe
 * @since SPI 1.0
 */
public record Change(long offset, long lengthBytes, boolean changed) {
  public long endOffset() {
    return offset + lengthBytes;
  }

  /** Takes changes one by one, in order. */
  @FunctionalInterface
  public interface Sink {
    /**
     * @return false to be given no more
     */
    boolean accept(Change change);
  }
}
