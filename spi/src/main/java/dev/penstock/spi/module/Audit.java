package dev.penstock.spi.module;

import java.util.Map;

/**
 * Where a module notes whom it let in and whom it did not. Changes that come through the admin API
 * are noted by the host; this is for clients of the module's own protocol.
 *
 * <p>The host writes a line for each note, in the order of the calls. So that a flood of clients
 * cannot fill the disk, it takes so many a second; a line says how many were left out.
 *
 * <p><b>Threads.</b> Any; never blocks, and never fails.
 *
 * @since SPI 1.0
 */
@FunctionalInterface
public interface Audit {
  /** Notes nothing. */
  Audit NONE = (_, _) -> {};

  /**
   * Notes what was decided.
   *
   * @param action one word: {@code admitted}, {@code refused}
   * @param details who, where, what, why; no secrets
   */
  void note(String action, Map<String, String> details);
}
