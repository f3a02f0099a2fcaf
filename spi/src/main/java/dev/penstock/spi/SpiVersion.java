package dev.penstock.spi;

/**
 * The version of this contract, which the host compares with {@code plugin.requires} when it loads
 * a plugin.
 *
 * <p>Within a major version the contract only grows: new methods are {@code default}, new types are
 * new files, and no sealed type gets a new case, so that a plugin's exhaustive {@code switch} stays
 * exhaustive.
 *
 * @since SPI 1.0
 */
public final class SpiVersion {
  /**
   * Semantic version. A plugin built against it writes {@code plugin.requires=>=1.0.0 & <2.0.0}.
   */
  public static final String CURRENT = "1.0.0";

  private SpiVersion() {}
}
