package dev.penstock.spi.volume;

/**
 * Something that a store found when it looked at what it stores.
 *
 * @param what what, and in which file or object
 * @since SPI 1.0
 */
public record Finding(Weight weight, String what) {
  /** What it means. */
  public enum Weight {
    /** Takes room and nothing else; a repair gives it back. */
    LEAK,
    /** Legal, and worth knowing. */
    ODD,
    /** Bytes that cannot be vouched for. */
    DAMAGE
  }
}
