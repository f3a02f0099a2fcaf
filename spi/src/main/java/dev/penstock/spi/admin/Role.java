package dev.penstock.spi.admin;

/**
 * What a caller of the admin API may do; each role may do what those before it may.
 *
 * @since SPI 1.0
 */
public enum Role {
  /** Looks. */
  READER,
  /** Runs things: volumes, exports, connections, tasks. */
  OPERATOR,
  /** Decides who may what, and which code runs: tokens, plugins, configuration. */
  ADMIN;

  public boolean covers(Role needed) {
    return compareTo(needed) >= 0;
  }
}
