package dev.penstock.nbd.export;

import java.time.Duration;

/** A connection, as its export sees it. */
@FunctionalInterface
public interface ExportClient {
  /**
   * Asks it to leave: what is under way ends, what comes later is refused, then it closes. Any
   * thread; returns at once.
   *
   * @param limit how long that may take before it is cut
   */
  void leave(Duration limit);
}
