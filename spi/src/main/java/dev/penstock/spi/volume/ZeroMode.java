package dev.penstock.spi.volume;

/**
 * What may become of the space under zeroes.
 *
 * @since SPI 1.0
 */
public enum ZeroMode {
  /** The space may be given back: a hole reads as zeroes. */
  MAY_PUNCH,
  /** The space stays reserved: a later write into the range finds room. */
  KEEP_SPACE
}
