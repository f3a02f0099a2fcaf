package dev.penstock.spi.volume;

/**
 * What a user opens a volume for.
 *
 * @since SPI 1.0
 */
public enum Access {
  /** Beside the writer and other readers. */
  READ,
  /** As the only writer. */
  WRITE
}
