package dev.penstock.nbd.export;

/** A connection, as its export sees it. */
@FunctionalInterface
public interface ExportClient {
  /**
   * Asks it to leave: what is under way ends, what comes later is refused, then it closes. Any
   * thread; returns at once.
   */
  void leave(String why);
}
