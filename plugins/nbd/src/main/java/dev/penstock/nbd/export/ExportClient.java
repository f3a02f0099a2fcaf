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

  /**
   * Ends it because what it uses is elsewhere by now. What was done is answered; what waits is not,
   * since it was not done and its client may ask for it there.
   */
  void dismiss(String why);

  /** Asks it to leave because it may not have its export any more, which is told. */
  void bar(String why);
}
