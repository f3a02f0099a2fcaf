package dev.penstock.nbd.export;

import java.time.Duration;

/** A connection, as its export sees it. Any thread; both calls return at once. */
public interface ExportClient {
  /**
   * Asks it to leave: what is under way ends, what comes later is refused, then it closes.
   *
   * @param limit how long that may take before it is cut
   */
  void leave(Duration limit);

  /** Asks it to leave because it may not have its export any more, which is told. */
  void bar(String why);
}
