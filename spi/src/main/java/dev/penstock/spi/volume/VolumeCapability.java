package dev.penstock.spi.volume;

/**
 * What a volume does better than the defaults of {@link Volume}. Fixed while the volume is open. A
 * call without its capability still does what its Javadoc says, or throws {@link
 * dev.penstock.spi.GatewayError.Unsupported}.
 *
 * @since SPI 1.0
 */
public enum VolumeCapability {
  /** {@link Volume#trim} gives space back. */
  TRIM,
  /** {@link Volume#zero} beats writing zeroes over the same range. */
  ZERO,
  /** {@link Volume#zero} takes about the same time whatever the length. */
  FAST_ZERO,
  /** {@link Volume#extents} tells holes from data. */
  EXTENTS,
  /** {@link Volume#cache} makes later reads faster. */
  CACHE,
  /** {@link Volume#resize} works while the volume is open. */
  RESIZE,
  /** {@link Volume#readNow} answers at least sometimes. */
  READ_NOW,
  /** {@link Volume#regions} answers at least sometimes. */
  REGIONS,
  /** {@link Volume#changes} tells what was written since a snapshot. */
  CHANGES
}
